"""Devices as data, one file each, and what they cost."""

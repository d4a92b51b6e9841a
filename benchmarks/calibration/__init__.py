"""Figures of public tool runs and measurements, and what the model says of the same.

The rows are in the ``.toml`` files beside this one, by kind; ``sources.toml`` names where they are from.
"""

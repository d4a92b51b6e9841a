"""XRT: an Alveo card, or XRT's own software emulation of one with the device process in ``sw_emu/``."""

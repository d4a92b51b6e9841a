"""Numbers of XRT's C API, under their meaning. Source: the headers of XRT 2.13 that are named at each."""

from __future__ import annotations

import enum


class State(enum.IntEnum):
    """``ert_cmd_state`` of a launch (``ert.h``)."""

    NEW = 1
    QUEUED = 2
    RUNNING = 3
    COMPLETED = 4
    ERROR = 5
    ABORT = 6
    SUBMITTED = 7
    TIMEOUT = 8
    NORESPONSE = 9
    SKERROR = 10
    SKCRASHED = 11


UNDER_WAY = (State.NEW, State.QUEUED, State.RUNNING, State.SUBMITTED)
TO_DEVICE, TO_HOST = 0, 1
"""``xclBOSyncDirection``."""
NORMAL, HOST_ONLY, P2P = 0, 1 << 29, 1 << 30
"""Flags of a buffer (``xrt_mem.h``): one for peer-to-peer is mapped over PCIe, so other devices can write into it; one
for the host only lies in the host's memory, where kernels reach it."""

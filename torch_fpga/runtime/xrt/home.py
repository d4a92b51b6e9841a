"""Where XRT finds its software emulation: a folder laid out as XRT wants it, and the environment that leads there.

What says that XRT is to emulate stays set, for XRT asks for that again and again; the rest is set only while a card is
opened, and put back.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from torch_fpga.errors import ToolError
from torch_fpga.runtime.private import check_private, is_own_file, open_private
from torch_fpga.runtime.xrt.native import DEVICE, SHIM

_PREFIX, _LOCK = "torch_fpga-sw_emu-", "in-use"
_MODEL = Path("data/emulation/unified/cpu_em/generic_pcie/model")

_made: dict[Path, Path] = {}
_locks: dict[Path, int] = {}  # of every folder that was made, also of those that something went wrong with
_owner = os.getpid()
_environment_lock = threading.Lock()


def check_not_forked() -> None:
    """Raises ToolError in a process forked from one that has used XRT, whose threads and sockets are not here."""
    if _made and _owner != os.getpid():
        raise ToolError(
            "XRT was in use when this process was forked",
            code="forked",
            hint="start the process with multiprocessing's 'spawn', or compile in it with device='emulation'",
        )


def home(built: Path, cards: int, banks: int, capacity: int) -> Path:
    """The folder of this process: XRT's shim, the device process, the description of the cards.

    Raises:
        ToolError: it cannot be made, or this process was forked from one that has it.
    """
    global _owner
    check_not_forked()
    with _environment_lock:
        # Whoever cleans /tmp may have removed it.
        if built not in _made or not (_made[built] / _MODEL / DEVICE).exists():
            _owner = os.getpid()
            _remove_stale()
            _made[built] = _make(built, cards, banks, capacity)
        return _made[built]


def remove_homes() -> None:
    """At the end, when no card is open any more."""
    if _owner == os.getpid():
        for folder in _locks:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def environment(folder: Path, status: tuple[str, str]) -> Iterator[None]:
    """What XRT reads while it opens a card, with one variable more; put back afterwards. One thread at a time."""
    wanted = {
        "XILINX_XRT": str(folder),
        "XILINX_VITIS": str(folder),
        "EMCONFIG_PATH": str(folder),
        "SDACCEL_EM_RUN_DIR": str(folder),
        # XRT makes its socket in /tmp/$USER, and asks nobody whether it may.
        "USER": folder.name,
        # Longer messages make the heap of the host grow and shrink with each.
        "SW_EMU_PACKET_SIZE": str(1 << 20),
        status[0]: status[1],
    }
    unwanted = ("XILINX_SDX", "XILINX_SCOUT", "XILINX_OPENCL", "XILINX_HLS", "VITIS_SW_EMU_ENABLE_SINGLE_MMAP")
    with _environment_lock:
        os.environ["XCL_EMULATION_MODE"] = "sw_emu"
        before = {name: os.environ.get(name) for name in (*wanted, *unwanted)}
        os.environ.update(wanted)
        for name in unwanted:
            os.environ.pop(name, None)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _make(built: Path, cards: int, banks: int, capacity: int) -> Path:
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
        _locks[folder] = _lock(folder)
        _fill(folder, built, cards, banks, capacity)
    except OSError as error:
        raise ToolError(f"the emulated card cannot be set up: {error}", code="device-failed") from error
    return folder


def _fill(folder: Path, built: Path, cards: int, banks: int, capacity: int) -> None:
    (folder / _MODEL).mkdir(parents=True)
    (folder / _MODEL / DEVICE).symlink_to(built / DEVICE)
    (folder / "lib").mkdir()
    (folder / "lib" / SHIM).symlink_to(built / SHIM)
    bank = {"Name": "HBM", "Size": f"{capacity >> 30}GB", "Type": "ddr4"}
    card = {"Name": "torch_fpga", "DdrBanks": [bank] * banks}
    boards = {"NumBoards": 1, "Devices": [{**card, "NumDevices": cards}]}
    config = {"Version": {"FileVersion": "2.0"}, "Platform": {"Boards": [boards]}}
    (folder / "emconfig.json").write_text(json.dumps(config))


def _lock(folder: Path) -> int:
    """Says, for as long as this process lives, that the folder is in use."""
    file = open_private(folder / f"{_LOCK}.new")
    fcntl.flock(file, fcntl.LOCK_EX)
    os.rename(folder / f"{_LOCK}.new", folder / _LOCK)
    return file


def _remove_stale() -> None:
    """Folders of this user's processes that were killed.

    Anybody may put something of such a name there: what is not a folder of this user alone is left as it is, and its
    files are neither opened through links nor waited for.
    """
    for lock in Path("/tmp").glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError, ToolError):
            check_private(lock.parent)
            file = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if is_own_file(file):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(lock.parent, ignore_errors=True)
            finally:
                os.close(file)

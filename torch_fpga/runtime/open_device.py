"""The device that an option asks for."""

from __future__ import annotations

from collections.abc import Callable

from torch_fpga.errors import ToolError
from torch_fpga.options import Options
from torch_fpga.runtime.device import Device
from torch_fpga.runtime.emulation import Emulation
from torch_fpga.runtime.xrt.card import Card
from torch_fpga.runtime.xrt.emulator import Emulator


def open_device(wanted: str, cache_dir: str, timeout: float, xclbin: str = "") -> Device:
    """The device an option asks for. ``auto``: a card; without one ``sw_emu``, where XRT is installed; else in process.

    Args:
        wanted: ``auto``, ``hw``, ``sw_emu`` or ``emulation``.
        cache_dir: where what a device needs is built.
        timeout: seconds that a launch may take, on all but ``emulation``.
        xclbin: what a card is loaded with.

    Raises:
        ToolError: the wanted device is not there.
    """
    openers: dict[str, Callable[[str], Device]] = {
        "hw": lambda reason: Card(reason, xclbin, timeout),
        "sw_emu": lambda reason: Emulator(reason, cache_dir, timeout),
        "emulation": Emulation,
    }
    if wanted != "auto":
        return openers[wanted]("asked for")
    absent: list[str] = []
    for name in ("hw", "sw_emu"):
        try:
            return openers[name]("; ".join([*absent, "the best there is"]))
        except ToolError as error:
            absent.append(f"no {name}: {error.message}")
    return Emulation("; ".join(absent))


def device_of(options: Options) -> Device:
    """The device that runs the kernels. Raises what ``open_device`` raises."""
    return open_device(options.device, options.cache_dir, options.timeout, options.xclbin)

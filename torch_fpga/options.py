"""What a user may ask for: ``torch.compile(model, backend="fpga", options={...})``."""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch_fpga.errors import UserError

TARGETS = ("u55c", "u280", "v80")
"""The cards that there is a data file of."""

_CHOICES = {
    "target": TARGETS,
    "host": ("mi210", "a100", "h100"),
    "device": ("auto", "hw", "sw_emu", "emulation"),
    "residency": ("checked", "trusted"),
    "launch": ("auto", "xrt", "persistent"),
    "placement": ("memory_bound", "latency", "energy", "fpga", "gpu"),
}


def default_cache_dir() -> str:
    """``$TORCH_FPGA_CACHE``, else ``$XDG_CACHE_HOME/torch_fpga``, else ``~/.cache/torch_fpga``."""
    if chosen := os.environ.get("TORCH_FPGA_CACHE"):
        return chosen
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return str(Path(base) / "torch_fpga")


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of the backend.

    Attributes:
        target: the FPGA card the kernels are made for and costed on.
        host: the GPU the dense regions are costed on.
        device: where the kernels run: ``hw`` on a card, ``sw_emu`` on XRT's emulation of one, ``emulation`` in this
            process; ``auto`` picks the first of them that is there.
        placement: which cost the placement minimises (see ``torch_fpga.passes.fx.place``).
        guard: under ``memory_bound``, what the model finds both slower and hungrier on the FPGA stays on the GPU; False
            sends it all the same.
        min_partition_gain: microseconds a region must gain, by the cost of the placement policy, to be offloaded.
        verify: also run every FPGA partition in eager, and report the largest difference.
        cache_dir: where built kernels are kept.
        residency: how a device with a memory of its own learns that a parameter or buffer has changed. ``checked``:
            every call looks at all of its bytes, while the kernel runs. ``trusted``: by what PyTorch tells alone, which
            costs nothing and misses writes through ``.data``, NumPy and the like (see ``torch_fpga.refresh``).
        launch: how a region is started, a step. ``xrt``: by a launch through XRT. ``persistent``: by a command to a
            kernel that was started once. ``auto``: by what the model says is faster on the target; devices that stand
            in for a card then call kernels as with ``xrt``.
        bounds: how large a size may become that varies from call to call: for sizes by their names in the report
            (``{"x.size(0)": 4096}``), or one number for all. Without it the model or PyTorch says so, else there is
            room for four times the first size (see ``torch_fpga.compiler.bounds``).
        timeout: seconds a launch may take before it is given up, on all devices but ``emulation``.
        xclbin: the file that a card is loaded with, built from an exported project.
    """

    target: str = "u55c"
    host: str = "mi210"
    device: str = "auto"
    placement: str = "memory_bound"
    guard: bool = True
    min_partition_gain: float = 0.0
    verify: bool = False
    cache_dir: str = dataclasses.field(default_factory=default_cache_dir)
    residency: str = "checked"
    launch: str = "auto"
    bounds: Mapping[str, int] | int | None = None
    timeout: float = 300.0
    xclbin: str = ""

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise UserError(
                    f"option {name}={value!r} is not one of {', '.join(allowed)}{_nearest(value, allowed)}",
                    code="bad-option",
                )
        for name in ("cache_dir", "xclbin"):
            value = getattr(self, name)
            if not isinstance(value, (str, os.PathLike)):
                raise UserError(f"option {name}={value!r} is not a path", code="bad-option")
            object.__setattr__(self, name, os.fspath(value))  # a report keeps options as JSON
        if not self.cache_dir:
            raise UserError(
                "option cache_dir='' names no folder", code="bad-option", hint="leave it out for the default folder"
            )
        _check_bounds(self.bounds)
        for name in ("guard", "verify"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise UserError(f"option {name}={value!r} is not True or False", code="bad-option")
        for name, unit in (("min_partition_gain", "microseconds"), ("timeout", "seconds")):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise UserError(f"option {name}={value!r} is not a number of {unit}", code="bad-option")
        if not 0 <= self.min_partition_gain < math.inf:
            value = self.min_partition_gain
            raise UserError(f"option min_partition_gain={value!r} is not 0 or more microseconds", code="bad-option")
        if not 0.001 <= self.timeout <= 4e6:
            raise UserError(f"option timeout={self.timeout!r} is not between 0.001 and 4e6 seconds", code="bad-option")

    @staticmethod
    def parse(options: Mapping[str, Any] | None) -> Options:
        """Checks ``options`` and fills in the defaults. Raises UserError naming the nearest known option."""
        known = [field.name for field in dataclasses.fields(Options)]
        for key in options or {}:
            if key not in known:
                raise UserError(
                    f"unknown option {key!r}{_nearest(key, known)}",
                    code="bad-option",
                    hint=f"the options are {', '.join(known)}",
                )
        return Options(**dict(options or {}))

    def key(self) -> str:
        """A text that differs whenever compiled results may differ; salts PyTorch's own caches."""
        return repr(sorted(dataclasses.asdict(self).items()))


def _check_bounds(bounds: object) -> None:
    named = bounds if isinstance(bounds, Mapping) else {"all": bounds}
    for name, bound in named.items():
        if bounds is None or (isinstance(name, str) and type(bound) is int and bound > 0):
            continue
        raise UserError(
            f"option bounds={bounds!r} is not a size, nor sizes by their names",
            code="bad-option",
            hint="e.g. bounds=4096, or bounds={'x.size(0)': 4096} for one of them",
        )


def _nearest(word: object, known: tuple[str, ...] | list[str]) -> str:
    close = difflib.get_close_matches(str(word), known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""

"""The judged kernels by the cycle logs of a run each, which the closed form is held against."""

from __future__ import annotations

import dataclasses

import torch

import torch_fpga
from benchmarks.calibration.kernels import Judged, Kernel, decoder_step, judge_decoder, on_fpga
from benchmarks.calibration.lowered import traced
from torch_fpga.compiler.lower import lower
from torch_fpga.debug import Dump
from torch_fpga.model.cycle import Cycles
from torch_fpga.options import default_cache_dir
from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.logged import build_logged
from torch_fpga.runtime.signature import Layout
from torch_fpga.runtime.solver import STYLES, Style
from torch_fpga.targets.kernel import kernel_options

_INDICES = 64
"""Integers are indices: below this, which every table has."""


@dataclasses.dataclass(frozen=True)
class Logged:
    """A kernel as it is judged in closed form, and by its log for each style of pipelines."""

    name: str
    group: str
    judged: DesignReport
    designs: dict[Style, DesignReport]

    def error(self, style: Style) -> float:
        """Of the closed form, relative, with its sign."""
        design = self.designs[style]
        return design.closed_form / design.cycles - 1


def run_logged(kernel: Kernel, target: str) -> Logged:
    """A kernel as it is lowered now for a card, run once in emulation."""
    inputs = tuple(torch.empty(shape, dtype=kind) for kind, shape in kernel.inputs)
    lowered, cache = lower(traced(kernel.function, inputs), "kernel", Dump(), kernel_options(target)), _cache()
    torch.manual_seed(0)
    logged = build_logged(lowered.name, lowered.source, lowered.signature, cache)
    log, _ = logged.log(*map(_filled, lowered.signature.inputs))
    cycles = Cycles(lowered.design, log, target, cache)
    return Logged(kernel.name, kernel.group, lowered.design, {style: cycles.report(style=style) for style in STYLES})


def run_decoder_logged(target: str) -> list[Logged]:
    """The kernels of ``judge_decoder``."""
    designs: dict[Style, list[Judged]] = {}
    with torch.no_grad():
        for style in STYLES:
            designs[style] = on_fpga(torch_fpga.cycles(*decoder_step(), placement="fpga", target=target, style=style))
    return [
        Logged(judged.name, judged.group, judged.design, {style: designs[style][i].design for style in STYLES})
        for i, judged in enumerate(judge_decoder(target))
    ]


def _cache() -> Cache:
    return Cache(default_cache_dir())


def _filled(layout: Layout) -> torch.Tensor:
    made = torch.empty_strided(layout.shape, layout.strides, dtype=layout.dtype)
    if layout.dtype.is_floating_point:
        return made.copy_(torch.randn(layout.shape))
    return made.copy_(torch.randint(_INDICES, layout.shape))

"""The judgement of a kernel that was just lowered: what it costs, and what Vitis HLS would say of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from torch_fpga.dialects import hls, mlir
from torch_fpga.lint import Limits, lint
from torch_fpga.model.design import judged
from torch_fpga.model.resources import of_buffer, of_cost
from torch_fpga.report.design import DesignReport
from torch_fpga.stages import STAGES
from torch_fpga.targets.card import Card, load_card


def judge(module: mlir.ir.Module, target: str, flops: float) -> DesignReport:
    """Of the one kernel of ``module``, after the last pass, on the card ``target``; its work takes ``flops``."""
    card = load_card(target)
    design = judged(module, target, flops)
    design.findings = lint(module, card.chip, _limits(card))
    return design


def _limits(card: Card) -> Limits:
    """What a kernel has of a card. Its memory ports are all at one die."""

    def resources(op: Any) -> dict[str, float]:
        if isinstance(op, hls.BufferOp):
            return dataclasses.asdict(of_buffer(op))
        task = STAGES.task(op)
        assert task is not None, op.operation.name
        return dataclasses.asdict(of_cost(task.cost(op, card.chip), card.chip))

    room = {name: float(count) for name, count in card.room.items() if name != "ports"}
    die = {name: count / card.slrs for name, count in room.items()}
    return Limits(ports=card.room["ports"], slr=die, budget=room, resources=resources)

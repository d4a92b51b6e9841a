"""Stages of memory processing, one a file: the op on tensors, its tasks, their templates, and what is known of them.

A module of this package declares one stage with all that belongs to it and names it ``STAGE``; it is found by lying
here. What stages are made of lies in ``common``. Stages know MLIR and no FX node: the op table (``torch_fpga.ops``)
says which ATen op becomes which stage, by the name of one of the stage's builders.
"""

import importlib
import pkgutil

from torch_fpga.dialects.signals import signals_deferred
from torch_fpga.stages.common.context import context
from torch_fpga.stages.common.registry import Registry
from torch_fpga.stages.common.stage import Call, Stage, Task

__all__ = ["STAGES", "Call", "Stage", "Task", "context"]

# A module that is interrupted halfway has declared its ops, and would declare them a second time.
with signals_deferred():
    _modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
        if not found.ispkg
    ]

STAGES = Registry(module.STAGE for module in _modules)

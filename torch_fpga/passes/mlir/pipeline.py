"""The ordered list of MLIR passes: the only place where their order is said."""

from __future__ import annotations

from collections.abc import Callable

from torch_fpga.dialects.mlir import PassManager, ir
from torch_fpga.passes.mlir.bind_memory import bind_memory
from torch_fpga.passes.mlir.fold_casts import fold_casts
from torch_fpga.passes.mlir.fold_reshapes import fold_reshapes
from torch_fpga.passes.mlir.fuse_maps import fuse_maps
from torch_fpga.passes.mlir.hoist_factors import hoist_factors
from torch_fpga.passes.mlir.insert_broadcasts import insert_broadcasts
from torch_fpga.passes.mlir.insert_copies import insert_copies
from torch_fpga.passes.mlir.legalize_tables import legalize_tables
from torch_fpga.passes.mlir.meet_one_by_one import meet_one_by_one
from torch_fpga.passes.mlir.mem_to_hls import mem_to_hls
from torch_fpga.passes.mlir.schedule_phases import schedule_phases
from torch_fpga.passes.mlir.shard import shard
from torch_fpga.passes.mlir.shard_rows import shard_rows
from torch_fpga.passes.mlir.size_fifos import size_fifos
from torch_fpga.passes.mlir.torch_to_mem import torch_to_mem
from torch_fpga.passes.mlir.turn_maps import turn_maps
from torch_fpga.targets.kernel import KernelOptions

MlirPass = Callable[[ir.Module, KernelOptions], "ir.Module | None"]


def canonicalize(module: ir.Module, options: KernelOptions) -> None:
    """MLIR's own canonicalize and cse: removes what nobody reads, joins what is equal."""
    PassManager.parse("builtin.module(canonicalize,cse)").run(module.operation)


ON: dict[str, list[MlirPass]] = {
    "torch": [torch_to_mem],
    "mem": [
        meet_one_by_one,
        turn_maps,
        hoist_factors,
        canonicalize,
        fold_casts,
        fold_reshapes,
        fuse_maps,
        legalize_tables,
        insert_copies,
        canonicalize,
        insert_broadcasts,
        schedule_phases,
        shard,
        shard_rows,
        mem_to_hls,
    ],
    "hls": [size_fifos, bind_memory],
}
"""The dialects from first to last, and the passes that read each."""

TO_KERNEL: list[MlirPass] = [step for steps in ON.values() for step in steps]

MLIR_PASSES: dict[str, MlirPass] = {step.__name__: step for step in TO_KERNEL}


def run_mlir(
    module: ir.Module, passes: list[MlirPass], options: KernelOptions, after: Callable[[str, ir.Module], None]
) -> ir.Module:
    """Runs ``passes`` in order, verifying the module after each; ``after(name, module)`` sees every result."""
    for step in passes:
        module = step(module, options) or module
        module.operation.verify()
        after(step.__name__, module)
    return module

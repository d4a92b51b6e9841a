"""An FPGA region to C++: import, the MLIR passes, print."""

from __future__ import annotations

import dataclasses
from collections import Counter

from torch import fx

from torch_fpga.codegen.cpp import print_kernel
from torch_fpga.compiler.judge import judge
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.stamped import stamped
from torch_fpga.debug import CPP, MLIR, Dump
from torch_fpga.dialects import hls, mlir
from torch_fpga.dtypes import DTYPES
from torch_fpga.passes.fx.expand_stages import expand_stages
from torch_fpga.passes.fx.explicit_types import explicit_types
from torch_fpga.passes.mlir.import_torch import import_torch
from torch_fpga.passes.mlir.pipeline import TO_KERNEL, run_mlir
from torch_fpga.runtime.signature import Layout, Port, Signature
from torch_fpga.stages import STAGES, context
from torch_fpga.targets.kernel import KernelOptions

CARD_SHARE = 0.8
"""What a kernel whose rows are split may take of a card: a fuller chip is not routed at the clock counted with."""


def lower(
    graph: fx.GraphModule,
    name: str,
    dump: Dump,
    options: KernelOptions,
) -> Lowered:
    """Lowers a functional ATen graph of static shapes. Raises FpgaError naming the user's line if it cannot.

    Where a kernel takes too much of the card with its rows or matrices in so many blocks, it is lowered once more with
    fewer.
    """
    lowered = _lower(graph, name, dump, options)
    fewer = _fewer_blocks(lowered, options)
    return lowered if fewer is None else _lower(graph, name, dump, fewer)


def _fewer_blocks(lowered: Lowered, options: KernelOptions) -> KernelOptions | None:
    """By what a kernel that is too large is lowered again; None if it is not."""
    design = lowered.design
    share = max(taken / design.room[name] for name, taken in design.resources.items() if name != "ports")
    read, written = (
        max((port.channels for port in lowered.signature.ports if port.role == role), default=1)
        for role in ("in", "out")
    )
    in_blocks = {task.template for stage in STAGES if stage.in_blocks for task in stage.tasks}
    tasks = Counter(task.template for phase in design.phases for task in phase.tasks if task.template in in_blocks)
    rows = max([written, *tasks.values()])  # nothing but rows is written by blocks
    if rows > 1 and share > CARD_SHARE:
        return dataclasses.replace(options, row_blocks=max(int(rows * CARD_SHARE / share), 1))
    if read > 1 and share > 1:
        return dataclasses.replace(options, shard_channels=max(int(read / share), 2))
    return None


def _lower(graph: fx.GraphModule, name: str, dump: Dump, options: KernelOptions) -> Lowered:
    # The stamp is made in the context, where nothing else touches MLIR.
    with context(), stamped(graph):
        module, signature = to_hls(graph, name, dump, options)
        source = print_kernel(module)
        dump.text(f"{name}_kernel", source, "cpp", CPP)
        return Lowered(name, source, signature, judge(module, options.target, flops_of(graph)))


def flops_of(graph: fx.GraphModule) -> float:
    """Operations of a graph's work."""
    return sum(node.meta["work"].flops for node in graph.graph.nodes if "work" in node.meta)


def to_hls(graph: fx.GraphModule, name: str, dump: Dump, options: KernelOptions) -> tuple[mlir.ir.Module, Signature]:
    """The ``hls`` kernel of a functional ATen graph of static shapes, and what it takes and gives. Needs ``context``.

    Raises FpgaError if it cannot be lowered.
    """
    graph = _copied(graph)
    expand_stages(graph)
    explicit_types(graph)
    inputs = [Layout.of(node.meta["val"]) for node in graph.graph.find_nodes(op="placeholder")]
    results = graph.graph.output_node().args[0]
    made = [node.meta["val"] for node in (results if isinstance(results, (tuple, list)) else [results])]
    outputs, device = [Layout.of(value) for value in made], str(made[0].device)
    module = import_torch(graph, name)

    def after(step: str, module: mlir.ir.Module) -> None:
        dump.text(f"{name}_{step}", lambda: str(module), "mlir", MLIR)

    after("import_torch", module)
    module = run_mlir(module, TO_KERNEL, options, after)
    operations = list(module.body.operations[0].body.blocks[0].operations)
    ports = [_port(op) for op in operations if isinstance(op, hls.PortOp)]
    return module, Signature(tuple(ports), (), tuple(inputs), tuple(outputs), device)


def _copied(graph: fx.GraphModule) -> fx.GraphModule:
    """The graph itself stays what eager PyTorch runs where the kernel fails, and what a kernel is verified with."""
    copy = fx.Graph()
    copy.output(copy.graph_copy(graph.graph, {}))
    return fx.GraphModule(graph, copy)


def _port(port: hls.PortOp) -> Port:
    return Port(
        name=port.name.value,
        role=port.role.value,
        arg=port.arg.value,
        elements=port.elements.value,
        dtype=DTYPES[str(port.res.type.element)],
        bundle=port.bundle.value,
        bank=port.bank.value,
        channel=port.channel.value,
        channels=port.channels.value,
        block_elements=port.block_elements.value,
        lanes=port.res.type.lanes if isinstance(port.res.type, hls.Vectors) else 1,
    )

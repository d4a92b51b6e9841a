"""An FPGA piece to C++: import, the MLIR passes, print."""

from __future__ import annotations

import dataclasses

import torch
from torch import fx

from torch_fpga.codegen.cpp import TYPES, print_kernel
from torch_fpga.debug import CPP, MLIR, Dump
from torch_fpga.dialects import hls, mlir
from torch_fpga.passes.fx.explicit_types import explicit_types
from torch_fpga.passes.mlir.import_torch import import_torch
from torch_fpga.passes.pipelines import TO_KERNEL, run_mlir
from torch_fpga.runtime.launch import Layout, Port

_DTYPES = {
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "i8": torch.int8,
    "i32": torch.int32,
    "i64": torch.int64,
    "i1": torch.bool,
}


@dataclasses.dataclass(frozen=True)
class Lowered:
    """A kernel's text and the C++ of its arguments for the emulation; what its inputs and outputs are as tensors."""

    name: str
    source: str
    ports: list[Port]
    arguments: list[str]
    inputs: list[Layout]
    outputs: list[Layout]


def lower(graph: fx.GraphModule, name: str, dump: Dump) -> Lowered:
    """Lowers a functional ATen graph of static shapes. Raises FpgaError naming the user's line if it cannot."""
    explicit_types(graph)
    inputs = [Layout.of(node.meta["val"]) for node in graph.graph.find_nodes(op="placeholder")]
    results = graph.graph.output_node().args[0]
    outputs = [Layout.of(node.meta["val"]) for node in (results if isinstance(results, (tuple, list)) else [results])]
    with mlir.context():
        module = import_torch(graph, name)

        def after(step: str, module: mlir.ir.Module) -> None:
            dump.text(f"{name}_{step}", lambda: str(module), "mlir", MLIR)

        after("import_torch", module)
        module = run_mlir(module, TO_KERNEL, after)
        source = print_kernel(module)
        dump.text(f"{name}_kernel", source, "cpp", CPP)
        operations = list(module.body.operations[0].body.blocks[0].operations)
        ports = [op for op in operations if isinstance(op, hls.PortOp)]
        steps = [op for op in operations if isinstance(op, hls.StepOp)]
        arguments = [_pointer(port, i) for i, port in enumerate(ports)]
        # In emulation a matrix lies in one piece, and every channel sees all of it.
        arguments += [str(step.whole.value) for step in steps]
        return Lowered(name, source, [_port(port) for port in ports], arguments, inputs, outputs)


def _port(port: hls.PortOp) -> Port:
    return Port(port.role.value, port.arg.value, port.elements.value, _DTYPES[str(port.res.type.element)])


def _pointer(port: hls.PortOp, number: int) -> str:
    """The address that starts at the channel's first row."""
    kind = ("const " if port.role.value == "in" else "") + TYPES[str(port.res.type.element)]
    first = f" + {port.channel.value * port.row_elements.value}" if port.channel.value else ""
    return f"static_cast<{kind}*>(ports[{number}]){first}"

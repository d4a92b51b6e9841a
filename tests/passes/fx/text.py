"""FX graphs as text: Python, in which every line is a node, read by Python's own parser and printed back the same way.

    def before(x: f32[4, 8], w: f32[8, 4]):
        mm: f32[4, 4] = aten.mm.default(x, w)  # region=gpu0 stage=0
        return (mm,)

Types are as fx prints them, ``f32[4, 8]``, with strides where they are not row-major, ``f32[4, 8][1, 4]``; ``f32`` has
one element; s0 and s1 are symbolic sizes. A comment holds the node's meta: ``key=value``, or ``key`` for True. Of
``region=gpu0`` follows the device.
"""

from __future__ import annotations

import ast
import dataclasses
import math
import operator
from typing import Any

import torch
from torch import fx
from torch._dynamo.source import ConstantSource
from torch._guards import detect_fake_mode
from torch._subclasses import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv
from torch.utils._dtype_abbrs import dtype_abbrs

from torch_fpga.ops.copied import copied  # noqa: F401 - defines torch_fpga::copied
from torch_fpga.reasons import Reason
from torch_fpga.targets.work import Work

SIZES = {"s0": 8, "s1": 6}
_UNSEEN = ("val", "example_value", "device", "tensor_meta")


@dataclasses.dataclass(frozen=True)
class _Type:
    dtype: torch.dtype
    sizes: tuple[Any, ...] | None = None
    strides: tuple[Any, ...] | None = None

    def __getitem__(self, given: Any) -> _Type:
        numbers = given if isinstance(given, tuple) else (given,)
        return dataclasses.replace(self, **{"sizes" if self.sizes is None else "strides": numbers})

    def tensor(self) -> torch.Tensor:
        sizes = self.sizes or ()
        if self.strides is not None:
            return torch.empty_strided(sizes, self.strides, dtype=self.dtype)
        return torch.empty(sizes, dtype=self.dtype)


def parse(text: str) -> fx.GraphModule:
    """The graph of one function, with fake values on its nodes, none for what the text does not say."""
    (function,) = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    lines, graph, mode = text.splitlines(), fx.Graph(), FakeTensorMode(shape_env=ShapeEnv())
    spaces = {name: getattr(torch.ops, name) for name in ("aten", "prims", "torch_fpga")}
    numbers = {"inf": math.inf, "nan": math.nan, "device": torch.device, "torch": torch}
    types = {short: _Type(dtype) for dtype, short in dtype_abbrs.items()}
    known: dict[str, Any] = {**vars(operator), **spaces, **numbers, **types, **_symbols(mode.shape_env)}

    def value_of(tree: ast.expr) -> Any:
        return eval(compile(ast.Expression(tree), "case", "eval"), known)

    def add(node: fx.Node, value: Any, name: str, line: int) -> None:
        assert node.name == name, f"{name} is no name for a node: it is {node.name}"
        node.meta = {"val": value, **_meta(lines[line - 1])}
        known[name] = node

    *body, last = function.body
    with mode:
        for argument in function.args.args:
            node = graph.placeholder(argument.arg)
            add(node, value_of(argument.annotation).tensor(), argument.arg, argument.lineno)
        for line in body:
            assert isinstance(line, ast.AnnAssign)
            call, name = line.value, line.target.id
            args = tuple(map(value_of, call.args))
            kwargs = {word.arg: value_of(word.value) for word in call.keywords}
            node = graph.create_node("call_function", value_of(call.func), args, kwargs, name=name)
            real = fx.node.map_arg((node.args, node.kwargs), lambda n: n.meta["val"])
            add(node, node.target(*real[0], **real[1]), name, line.lineno)
            written, given = ast.unparse(line.annotation), _type(node.meta["val"])
            assert written == ast.unparse(ast.parse(given)), f"{name} is {given}"
    graph.output(value_of(last.value))
    module = fx.GraphModule(torch.nn.Module(), graph)
    module.meta["resident"] = {node.name for node in graph.nodes if node.meta.get("resident")}
    return module


def text_of(graph: fx.GraphModule, name: str) -> str:
    """The text that ``parse`` reads."""
    *nodes, output = graph.graph.nodes
    inputs = [n for n in nodes if n.op == "placeholder"]
    typed = [f"{n.name}: {_type(n.meta['val'])}" for n in inputs]
    if any(map(_comment, inputs)):
        noted = [f"    {item},{_comment(node)}" for item, node in zip(typed, inputs, strict=True)]
        lines = [f"def {name}(", *noted, "):"]
    else:
        lines = [f"def {name}({', '.join(typed)}):"]
    for node in nodes:
        if node.op != "placeholder":
            given = ", ".join([*map(repr, node.args), *(f"{key}={value!r}" for key, value in node.kwargs.items())])
            kind = f": {_type(node.meta['val'])}" if "val" in node.meta else ""
            lines.append(f"    {node.name}{kind} = {node._pretty_print_target(node.target)}({given}){_comment(node)}")
    text = "\n".join([*lines, f"    return {output.args[0]!r}"])
    return text.replace("torch.ops.", "").replace("operator.", "")


def mode_of(graph: fx.GraphModule) -> FakeTensorMode:
    """Of which its fake values are."""
    return detect_fake_mode([node.meta.get("val") for node in graph.graph.nodes])


def run(graph: fx.GraphModule) -> list[Any]:
    """What the graph gives for made-up numbers, and its inputs afterwards."""
    rng = torch.Generator().manual_seed(0)
    inputs = []
    for node in graph.graph.find_nodes(op="placeholder"):
        value = node.meta["val"]
        sizes, strides = ([SIZES.get(str(n), n) for n in part] for part in (value.shape, value.stride()))
        made = torch.empty_strided([*map(int, sizes)], [*map(int, strides)], dtype=value.dtype)
        random = torch.randn if made.is_floating_point() else lambda *a, **k: torch.randint(0, 2, *a, **k)
        inputs.append(made.copy_(random(made.shape, generator=rng)))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return [*fx.Interpreter(graph).run(*inputs), *inputs]


def _symbols(env: ShapeEnv | None) -> dict[str, Any]:
    assert env is not None
    env._generate_unique_id = lambda name: int(name[1:])  # s0 is to be called s0
    made = {}
    for name, hint in SIZES.items():
        symbol = env.create_symbol(hint, ConstantSource(name), DimDynamic.DYNAMIC)
        made[name] = env.create_symintnode(symbol, hint=hint)
    return made


def _type(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_type, value))},)"
    if not isinstance(value, torch.Tensor):
        return f"Sym[{value}]"
    sizes, strides = (f"[{', '.join(map(str, part))}]" for part in (value.shape, value.stride()))
    return dtype_abbrs[value.dtype] + (sizes if value.dim() else "") + ("" if value.is_contiguous() else strides)


def _meta(line: str) -> dict[str, Any]:
    items = [item.partition("=") for item in line.partition("  # ")[2].split()]
    meta: dict[str, Any] = {key: (int(v) if v.isdigit() else v) if sign else True for key, sign, v in items}
    if "region" in meta:
        meta["device"] = meta["region"].rstrip("0123456789")
    return meta


def _comment(node: fx.Node) -> str:
    items = []
    for key, value in node.meta.items():
        if isinstance(value, Reason):
            items.append(f"{key}={value.code}")
        elif isinstance(value, Work):
            items.append(f"flops={value.flops} read={value.bytes_read} written={value.bytes_written}")
        elif key not in _UNSEEN and value is True:
            items.append(key)
        elif key not in _UNSEEN and isinstance(value, (str, int)) and value is not False:
            items.append(f"{key}={value}")
    return f"  # {' '.join(items)}" if items else ""

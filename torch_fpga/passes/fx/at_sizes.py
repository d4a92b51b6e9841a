"""A graph with symbolic sizes, as it would be for given ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sympy
import torch
from torch import fx
from torch.fx.experimental.symbolic_shapes import free_symbols

from torch_fpga.errors import FpgaError


def at_sizes(graph: fx.GraphModule, sizes: Mapping[sympy.Symbol, int]) -> fx.GraphModule:
    """A copy in which every size, stride and number that is computed of them is a plain number.

    Nothing is computed but numbers, and no symbol of ``graph`` gets a guard.

    Args:
        graph: whose nodes carry ``meta["val"]``; may be without symbols.
        sizes: a value for each symbol of it. Raises FpgaError if a tensor has less than nothing of a dimension then.
    """
    new: dict[fx.Node, Any] = {}
    copy = fx.Graph()
    for node in graph.graph.nodes:
        value = node.meta.get("val")
        if isinstance(value, torch.SymInt):
            new[node] = _number(value, sizes)
        elif node.op == "output":
            copy.output(fx.node.map_arg(node.args[0], new.__getitem__))
        else:
            arguments = fx.node.map_aggregate((node.args, node.kwargs), lambda arg: _given(arg, new, sizes))
            new[node] = copy.create_node(node.op, node.target, *arguments, name=node.name, type_expr=node.type)
            new[node].meta = {**node.meta, "val": _fixed(value, sizes)}
            new[node].meta.pop("tensor_meta", None)
    return fx.GraphModule(graph, copy)


def symbols_of(graph: fx.Graph) -> list[sympy.Symbol]:
    """The symbols in what the calls of a graph take and give, in order of their first use."""
    calls = [node for node in graph.nodes if node.op == "call_function"]
    values = (value for node in calls for value in (*node.all_input_nodes, node))
    numbers = (number for value in values for number in _numbers(value.meta.get("val")))
    return list(dict.fromkeys(symbol for number in numbers for symbol in _symbols(number)))


def sizes_of(nodes: Iterable[fx.Node]) -> list[sympy.Expr]:
    """The symbolic sizes and strides of what nodes make, and the numbers among that."""
    return list(dict.fromkeys(number.node.expr for node in nodes for number in _numbers(node.meta.get("val"))))


def symbols_given(graph: fx.GraphModule) -> dict[sympy.Symbol, int]:
    """The symbols that a graph takes as numbers, with the place of each among its inputs."""
    values = [node.meta.get("val") for node in graph.graph.find_nodes(op="placeholder")]
    places = {value.node.expr: place for place, value in enumerate(values) if isinstance(value, torch.SymInt)}
    return {symbol: place for symbol, place in places.items() if isinstance(symbol, sympy.Symbol)}


def hints_of(nodes: Iterable[fx.Node]) -> dict[sympy.Symbol, int]:
    """What the symbols are in the call that is compiled. Raises FpgaError where data decides one."""
    hints: dict[sympy.Symbol, int] = {}
    for node in nodes:
        for number in _numbers(node.meta.get("val")):
            known = number.node.shape_env.backed_var_to_val
            for symbol in _symbols(number):
                if symbol not in known:
                    raise FpgaError(f"the size {symbol} is known only at run time", code="dynamic-shape")
                hints[symbol] = int(known[symbol])
    return hints


def keep_equal(nodes: Iterable[fx.Node]) -> None:
    """Has symbols that are equal in this call, of what nodes make, equal in all calls that run their graph.

    Another call compiles another graph. PyTorch knows it of sizes that it sees together, and not of the keys and values
    of a cache.
    """
    first: dict[int, Any] = {}
    for node in nodes:
        for number in _numbers(node.meta.get("val")):
            if isinstance(number.node.expr, sympy.Symbol) and number.node.hint is not None:
                torch._check(first.setdefault(number.node.hint, number) == number)


def _given(argument: Any, new: Mapping[fx.Node, Any], sizes: Mapping[sympy.Symbol, int]) -> Any:
    if isinstance(argument, fx.Node):
        return new[argument]
    return _number(argument, sizes) if isinstance(argument, torch.SymInt) else argument


def _fixed(value: Any, sizes: Mapping[sympy.Symbol, int]) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(_fixed(part, sizes) for part in value)
    if not isinstance(value, torch.Tensor) or not free_symbols(value):
        return value
    shape, strides = ([_number(n, sizes) for n in numbers] for numbers in (value.shape, value.stride()))
    if any(size < 0 for size in shape):
        raise FpgaError(f"a tensor would have the shape {shape}", code="dynamic-shape")
    with value.fake_mode:  # type: ignore[attr-defined]
        return torch.empty_strided(shape, strides, dtype=value.dtype, device=value.device)


def _number(value: int | torch.SymInt, sizes: Mapping[sympy.Symbol, int]) -> int:
    return value if isinstance(value, int) else int(value.node.expr.xreplace(sizes))


def _symbols(number: torch.SymInt) -> list[sympy.Symbol]:
    return sorted(number.node.expr.free_symbols, key=str)


def _numbers(value: Any) -> Iterator[torch.SymInt]:
    """The symbolic ones among a value, its sizes and its strides."""
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, torch.Tensor):
        yield from _numbers((*value.shape, *value.stride()))
    elif isinstance(value, torch.SymInt):
        yield value

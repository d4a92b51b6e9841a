"""Which results of a region a golden run leaves open: a top-k or an arg-max may take either of two equal values.

Rounding makes values equal, or swaps them, that are not in the run they are compared with; in float16 that is common.
Indices are then right if the values at them are, and what is computed from them is not decided by the run at all.
"""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from torch_fpga.ops import is_view, row_of

_TRIALS = 8
_INDICES = (torch.int32, torch.int64)
# Each reads its elements in the order they lie in, and changes none of the indices.
_SAME_ORDER = {
    f"aten.{name}"
    for name in (
        "view.default", "_unsafe_view.default", "unsqueeze.default", "squeeze.dim", "squeeze.dims", "alias.default",
        "detach.default", "clone.default", "_to_copy.default",
    )
}  # fmt: skip

Tolerance = Callable[[torch.Tensor], tuple[float, float]]
"""``rtol`` and ``atol`` of a tensor that a kernel computes."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """Indices into ``source``, a contiguous tensor of (outer, ``cols``, ``inner``): ``chosen`` of every ``cols``.

    The indices lie as (outer, ``chosen``, ``inner``). The values at two of them count as equal within the tolerance.
    """

    source: torch.Tensor
    cols: int
    chosen: int
    inner: int
    rtol: float
    atol: float


@dataclasses.dataclass(frozen=True)
class Freedom:
    """What may differ in an output: it is the indices of ``choice``, or the elements in ``open`` are not decided."""

    choice: Choice | None = None
    open: torch.Tensor | None = None


class _Selection:
    """A node that selects, in one run."""

    def __init__(self, node: fx.Node, source: torch.Tensor, tolerance: Tolerance) -> None:
        name = str(node.target).removeprefix("aten.").partition(".")[0]
        given = _arguments(node)
        self.node = node
        self.dim: int | None = given.get("dim")
        self.source = source if source.dim() else source.reshape(1)
        if self.dim is None:
            self.source, self.dim = self.source.reshape(-1), 0
        self.cols = self.source.shape[self.dim]
        self.chosen = int(given["k"]) if name == "topk" else self.cols if "sort" in name else 1
        self.largest = bool(given.get("largest", given.get("descending", name in ("max", "argmax"))))
        self.rtol, self.atol = (0.0, 0.0) if _is_given(node.args[0]) else tolerance(self.source)

    @property
    def choice(self) -> Choice:
        assert self.dim is not None
        inner = math.prod(self.source.shape[self.dim % self.source.dim() + 1 :])
        return Choice(self.source.contiguous(), self.cols, self.chosen, inner, self.rtol, self.atol)

    def undecided(self) -> bool:
        """Whether two of the selected values, or the last one and the next, are equal within the tolerance."""
        best = self._rows(self.source).sort(-1, descending=self.largest).values[..., : self.chosen + 1]
        last, now = best[..., :-1], best[..., 1:]
        return bool(((last == now) | ((last - now).abs() <= self._slack(now))).any())

    def other(self, source: torch.Tensor, result: Any, random: torch.Generator) -> Any:
        """Another result that is as right as ``result``."""
        rows = self._rows(source if source.dim() else source.reshape(1))
        noise = (torch.rand(rows.shape, generator=random, dtype=torch.float64) - 0.5) * self._slack(rows)
        order = torch.randperm(self.cols, generator=random)
        found = torch.argsort((rows + noise)[..., order], dim=-1, descending=self.largest, stable=True)
        indices = order[found[..., : self.chosen]]
        values = rows.gather(-1, indices)
        assert self.dim is not None
        several = isinstance(result, (tuple, list))
        made = [x.movedim(-1, self.dim) for x in ((values, indices) if several else (indices,))]
        fitted = [x.reshape(y.shape).to(y.dtype) for x, y in zip(made, result if several else (result,), strict=True)]
        return fitted if several else fitted[0]

    def _slack(self, values: torch.Tensor) -> torch.Tensor:
        return torch.where(values.isfinite(), self.rtol * values.abs() + self.atol, 0.0)

    def _rows(self, source: torch.Tensor) -> torch.Tensor:
        assert self.dim is not None
        return source.reshape(self.source.shape).movedim(self.dim, -1).double()


def freedoms(graph: fx.GraphModule, inputs: list[torch.Tensor], tolerance: Tolerance) -> list[Freedom]:
    """What may differ in each output of a region's graph, run on ``inputs``."""
    outputs: Any = graph.graph.output_node().args[0]
    wanted: list[fx.Node] = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    nodes = [node for node in graph.graph.nodes if _selects(node)]
    if not nodes:
        return [Freedom() for _ in wanted]
    values = _run(graph, inputs)
    selections = {node: _Selection(node, values[node.args[0]], tolerance) for node in nodes}
    undecided = {node for node, selection in selections.items() if selection.undecided()}
    after = {node: _after(node) for node in undecided}
    choices = [_chooser(node) for node in wanted]
    direct = [
        node if node is not None and not any(node in after[other] for other in undecided) else None for node in choices
    ]
    changing = set().union(*after.values()) if after else set()
    opened = _opened(graph, values, {n: selections[n] for n in undecided}, changing, wanted, tolerance)
    return [
        Freedom(choice=selections[chooser].choice) if chooser is not None else Freedom(open=opened.get(node))
        for node, chooser in zip(wanted, direct, strict=True)
    ]


def _opened(
    graph: fx.GraphModule,
    values: dict[fx.Node, Any],
    undecided: dict[fx.Node, _Selection],
    changing: set[fx.Node],
    wanted: list[fx.Node],
    tolerance: Tolerance,
) -> dict[fx.Node, torch.Tensor]:
    """The elements of outputs that differ when ties fall another way: seen by letting them."""
    random = torch.Generator().manual_seed(0)
    opened: dict[fx.Node, torch.Tensor] = {}
    for _ in range(_TRIALS if any(node in changing for node in wanted) else 0):
        trial = dict(values)
        for node in graph.graph.nodes:
            if node in changing and node.op == "call_function":
                trial[node] = _call(node, trial)
            if node in undecided:
                trial[node] = undecided[node].other(trial[node.args[0]], trial[node], random)
        for node in wanted:
            if node in changing:
                differs = _differs(trial[node], values[node], *tolerance(values[node]))
                opened[node] = opened[node] | differs if node in opened else differs
    return {node: mask for node, mask in opened.items() if mask.any()}


def _differs(got: torch.Tensor, want: torch.Tensor, rtol: float, atol: float) -> torch.Tensor:
    if not want.is_floating_point():
        return got != want
    return ~torch.isclose(got.double(), want.double(), rtol=rtol, atol=atol, equal_nan=True)


def _run(graph: fx.GraphModule, inputs: list[torch.Tensor]) -> dict[fx.Node, Any]:
    values: dict[fx.Node, Any] = dict(zip(graph.graph.find_nodes(op="placeholder"), inputs, strict=True))
    for node in graph.graph.nodes:
        if node.op == "get_attr":
            values[node] = operator.attrgetter(str(node.target))(graph)
        elif node.op == "call_function":
            values[node] = _call(node, values)
    return values


def _call(node: fx.Node, values: dict[fx.Node, Any]) -> Any:
    args, kwargs = fx.node.map_arg((node.args, node.kwargs), values.__getitem__)
    return node.target(*args, **kwargs)  # type: ignore[operator]


def _after(node: fx.Node) -> set[fx.Node]:
    """All nodes that a node decides about."""
    found: set[fx.Node] = set()
    rest = list(node.users)
    while rest:
        user = rest.pop()
        if user not in found:
            found.add(user)
            rest += user.users
    return found


def _chooser(node: fx.Node) -> fx.Node | None:
    """The selection whose indices ``node`` gives, as they are."""
    while str(node.target) in _SAME_ORDER and node.meta["val"].dtype in _INDICES:
        node = node.args[0]  # type: ignore[assignment]
    if node.target is operator.getitem and node.args[1] == 1:
        node = node.args[0]  # type: ignore[assignment]
    elif isinstance(node.meta.get("val"), (tuple, list)):
        return None
    return node if _selects(node) else None


def _selects(node: fx.Node) -> bool:
    row = row_of(node)
    return row is not None and row.selects


def _is_given(node: Any) -> bool:
    """Whether a region gets a tensor, or a view of it, and does not compute it."""
    while is_view(node):
        node = node.args[0]
    return bool(node.op == "placeholder")


def _arguments(node: fx.Node) -> dict[str, Any]:
    schema = node.target._schema.arguments  # type: ignore[union-attr]
    given = dict(zip((argument.name for argument in schema), node.args, strict=False))
    defaults = {argument.name: argument.default_value for argument in schema if argument.has_default_value()}
    return defaults | given | dict(node.kwargs)

"""Every row with every mix of operand types, against eager: the value, its type, and that both refuse the same.

PyTorch's fake tensors let some mixes through that eager raises for (``half @ float``): the table must not take those.
"""

from __future__ import annotations

import functools
import itertools
import operator
import random
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import fx
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.kernels import check
from tests.ops.inputs import close
from torch_fpga.ops import OPS, unsupported
from torch_fpga.ops.row import ALL

aten = torch.ops.aten
Case = tuple[str, tuple[torch.dtype, ...]]

# Arguments of the rows that are no map: a tensor's shape stands for an operand.
SHAPE = torch.Size([4, 5])
ROW, SQUARE = torch.Size([5]), torch.Size([5, 4])
_ALONG = ("argmax.default", "argmin.default", "softmax.int", "log_softmax.int", "cumsum.default")
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    **{f"aten.{name}": (SHAPE,) for name in ("sum.default", "prod.default", "mean.default", "any.default")},
    **{f"aten.{name}.default": (SHAPE,) for name in ("all", "max", "min")},
    **{f"aten.{name}": (SHAPE, [1]) for name in ("sum.dim_IntList", "mean.dim", "any.dims", "all.dims")},
    **{f"aten.{name}.default": (SHAPE, [1]) for name in ("amax", "amin")},
    **{f"aten.{name}": (SHAPE, 1) for name in ("prod.dim_int", "any.dim", "all.dim", "max.dim", "min.dim")},
    **{f"aten.{name}": (SHAPE, 1) for name in _ALONG},
    "aten.topk.default": (SHAPE, 2),
    "aten.sort.default": (SHAPE,),
    "aten.layer_norm.default": (SHAPE, [5], ROW, ROW),
    "aten.rms_norm.default": (SHAPE, [5], ROW, 1e-5),
    "aten.mm.default": (SHAPE, SQUARE),
    "aten.mv.default": (SHAPE, ROW),
    "aten.bmm.default": (torch.Size([2, 4, 5]), torch.Size([2, 5, 4])),
    "aten.dot.default": (ROW, ROW),
    "aten._int_mm.default": (torch.Size([24, 16]), torch.Size([16, 8])),
    "aten.addmm.default": (torch.Size([4]), SHAPE, SQUARE),
    "aten.addmv.default": (torch.Size([4]), SHAPE, ROW),
    "aten.baddbmm.default": (torch.Size([4]), torch.Size([2, 4, 5]), torch.Size([2, 5, 4])),
    "aten.gather.default": (SHAPE, 1, SHAPE),
    "aten.index_select.default": (SHAPE, 1, ROW),
    "aten.embedding.default": (SHAPE, ROW),
    "aten.index.Tensor": (SHAPE, [ROW, ROW]),
    "aten.cat.default": ([SHAPE, SHAPE],),
    "aten.stack.default": ([SHAPE, SHAPE],),
    "aten.clamp.default": (SHAPE, 1, 2),
    "aten.clamp.Tensor": (SHAPE, SHAPE, SHAPE),
    "aten.masked_fill.Tensor": (SHAPE, SHAPE, torch.Size([])),
}
# Of which the stage is another row's, or which take no tensor.
_LEFT_OUT = {"aten.sort.stable", "aten.full.default", "aten.arange.start_step"}


@functools.cache
def op_of(target: str) -> Any:
    _, name, overload = target.split(".")
    return getattr(getattr(aten, name), overload)


def arguments_of(target: str) -> tuple[Any, ...]:
    """The arguments a row is tried with; a map's follow from its schema."""
    if target in _ARGUMENTS:
        return _ARGUMENTS[target]
    required = [a for a in op_of(target)._schema.arguments if not a.kwarg_only and not a.has_default_value()]
    return tuple(SHAPE if str(a.type) == "Tensor" else 2 for a in required)


def keywords_of(target: str) -> dict[str, Any]:
    return {"rounding_mode": "floor"} if target.endswith("_mode") else {}


def _slots(arguments: Any) -> int:
    if isinstance(arguments, torch.Size):
        return 1
    return sum(map(_slots, arguments)) if isinstance(arguments, (tuple, list)) else 0


def filled(arguments: Any, values: Iterator[Any]) -> Any:
    """``arguments`` with the next of ``values`` in every place of a tensor."""
    if isinstance(arguments, torch.Size):
        return next(values)
    return type(arguments)(filled(a, values) for a in arguments) if isinstance(arguments, (tuple, list)) else arguments


def shapes_in(arguments: Any) -> list[torch.Size]:
    if isinstance(arguments, torch.Size):
        return [arguments]
    return [s for a in arguments for s in shapes_in(a)] if isinstance(arguments, (tuple, list)) else []


def tensors_of(case: Case) -> list[torch.Tensor]:
    """Numbers that every type holds and that index every operand; floats with a fraction."""
    target, kinds = case
    generator = torch.Generator().manual_seed(zlib.crc32(target.encode()))
    made = []
    for shape, kind in zip(shapes_in(arguments_of(target)), kinds, strict=True):
        x = torch.randint(0, 4, shape, generator=generator).to(torch.float32)
        x = x + torch.rand(shape, generator=generator) if kind.is_floating_point else x
        made.append(x.to(kind))
    return made


def call(case: Case, tensors: list[Any]) -> Any:
    return op_of(case[0])(*filled(arguments_of(case[0]), iter(tensors)), **keywords_of(case[0]))


def _call_node(graph: fx.Graph, case: Case, inputs: list[fx.Node]) -> fx.Node:
    target, _ = case
    return graph.call_function(op_of(target), filled(arguments_of(target), iter(inputs)), keywords_of(target))


def supported(case: Case) -> bool:
    """Whether the table takes it. Checks on the way that it takes nothing that eager refuses."""
    try:
        expected = call(case, tensors_of(case))
    except (RuntimeError, IndexError, TypeError, NotImplementedError):
        expected = None
    with FakeTensorMode() as mode:
        fakes = [mode.from_tensor(t) for t in tensors_of(case)]
        try:
            value = call(case, fakes)
        except (RuntimeError, IndexError, TypeError, NotImplementedError):
            return False
    graph = fx.Graph()
    inputs = [graph.placeholder(f"x{i}") for i in range(len(fakes))]
    for node, fake in zip(inputs, fakes, strict=True):
        node.meta["val"] = fake
    node = _call_node(graph, case, inputs)
    node.meta["val"] = value
    taken = unsupported(node) is None
    assert not (taken and expected is None), f"eager refuses {case}"
    return taken


def cases(target: str) -> list[Case]:
    return [(target, kinds) for kinds in itertools.product(ALL, repeat=_slots(arguments_of(target)))]


# A composite is found only where its parts are taken, each with the types it has.
_ATEN = [row for row in OPS.values() if row.target.startswith("aten.")]
TARGETS = [row.target for row in _ATEN if row.stage != "view" and row.target not in _LEFT_OUT]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
def test_what_eager_refuses_is_refused(target):
    mixes = cases(target)
    equal = [case for case in mixes if len(set(case[1])) == 1]
    mixed = random.Random(0).sample(mixes, min(len(mixes), 30))
    assert sum(supported(case) for case in (*equal, *mixed))


def _check(chosen: list[Case]) -> None:
    """All cases as one kernel."""
    graph = fx.Graph()
    tensors, results = [], []
    for case in chosen:
        given = tensors_of(case)
        inputs = [graph.placeholder(f"x{len(tensors) + i}") for i in range(len(given))]
        tensors += given
        results.append(_call_node(graph, case, inputs))
        if len(op_of(case[0])._schema.returns) > 1:
            # Which of equals is taken is not promised.
            results[-1] = graph.call_function(operator.getitem, (results[-1], 0))
    graph.output(results)
    # Placeholders come first.
    for node in reversed(graph.find_nodes(op="placeholder")):
        next(iter(graph.nodes)).prepend(node)
    check(fx.GraphModule({}, graph), *tensors, **close(torch.bfloat16, 4))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(2))
def test_a_sample_of_mixes(seed):
    picked = random.Random(seed).sample(
        [case for target in TARGETS for case in cases(target) if len(set(case[1])) > 1], 150
    )
    _check([case for case in picked if supported(case)][:40])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", TARGETS)
def test_every_mix(target):
    taken = [case for case in cases(target) if supported(case)]
    for at in range(0, len(taken), 60):
        _check(taken[at : at + 60])

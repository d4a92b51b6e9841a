"""The user's function that Dynamo is compiling: what it is called, where it stands, and what it was called with."""

from __future__ import annotations

import dataclasses
import itertools
import re
import warnings
from types import CodeType
from typing import Any

import torch
from torch import fx
from torch._dynamo.symbolic_convert import InstructionTranslator

from torch_fpga.errors import FpgaWarning
from torch_fpga.ops import plain

_RESUMED = re.compile(r"torch_dynamo_resume_in_(.+)_at_\d+")
_FORWARD = ("forward", "__call__")
# Dynamo calls a module of PyTorch's own through this function, which has it as ``fn``.
_THROUGH = "wrap_inline.<locals>"
_LOCAL = re.compile(r"^L\['(\w+)'\]")
_OF_TENSOR = re.compile(r"\.(size|stride)\(\)\[(\d+)\]$")
_OF_MODULE = re.compile(r"_(parameters|buffers)\b")


@dataclasses.dataclass(frozen=True)
class Frame:
    """What is known of a Dynamo graph's function; of a graph that Dynamo did not make, nothing.

    ``model`` is what the user calls it, e.g. SemanticSearch or search; ``place`` tells functions apart. ``sizes`` are
    those of its inputs, with strides and numbers, e.g. ``{"x.size(0)": 4, "x.stride(0)": 8}``, and ``symbolic`` the
    names of those that are not fixed. ``symbols`` are the names by their symbols: ``{"s77": "x.size(0)"}``; ``longest``
    is the longest text that the model is for, as ``config.max_position_embeddings`` says it.
    """

    model: str = ""
    place: str = ""
    sizes: dict[str, int] = dataclasses.field(default_factory=dict)
    symbolic: tuple[str, ...] = ()
    symbols: dict[str, str] = dataclasses.field(default_factory=dict)
    longest: int | None = None
    code: CodeType | None = None

    def warn(self, message: str) -> None:
        """Warns at the user's function."""
        file, line = (self.code.co_filename, self.code.co_firstlineno) if self.code else ("torch_fpga", 1)
        warnings.warn_explicit(message, FpgaWarning, file, line)


def frame_of(graph: fx.GraphModule) -> Frame:
    """The frame of the graph that Dynamo hands over now."""
    try:
        root = InstructionTranslator.current_tx().output.root_tx
    except AttributeError:  # nothing is traced
        return Frame()
    code = root.f_code
    values, symbols = _sizes(graph)
    place = f"{code.co_filename}:{code.co_firstlineno}:{code.co_qualname}"
    return Frame(
        _model(code, root.f_locals),
        place,
        values,
        tuple(symbols.values()),
        symbols,
        _longest(root.f_locals),
        code,
    )


def _model(code: CodeType, arguments: dict[str, Any]) -> str:
    """A module's ``forward`` by its class, another method with its name, a function by its own."""
    scope = code.co_qualname.rpartition(".")[0]
    resumed = _RESUMED.fullmatch(code.co_name)
    function = resumed[1] if resumed else code.co_name
    if scope == _THROUGH:
        return type(arguments.get("fn")).__name__
    if not scope or scope.endswith("<locals>"):
        return function
    # The class of the object, where there is one: a method may be inherited.
    owner = type(arguments["self"]).__name__ if "self" in arguments else scope.rpartition(".")[2]
    return owner if function in _FORWARD else f"{owner}.{function}"


def _longest(arguments: dict[str, Any]) -> int | None:
    """How long a text the first model among some arguments is for; a decorator has them in a tuple."""
    for argument in itertools.chain(arguments.values(), *(a for a in arguments.values() if isinstance(a, tuple))):
        longest = getattr(getattr(argument, "config", None), "max_position_embeddings", None)
        if isinstance(longest, int):
            return longest
    return None


def _sizes(graph: fx.GraphModule) -> tuple[dict[str, int], dict[str, str]]:
    values: dict[str, int] = {}
    symbols: dict[str, str] = {}
    for node in graph.graph.find_nodes(op="placeholder"):
        source = getattr(node, "_dynamo_source", None)
        given = node.meta.get("example_value")
        # What Dynamo made itself, between two graphs, has no name that the user knows.
        if source is None or _OF_MODULE.search(source.name) or source.name.startswith("L['___"):
            continue
        name = _name(source.name)
        if isinstance(given, torch.SymInt):
            values[name] = plain(given)
            symbols[str(given.node.expr)] = name
        elif isinstance(given, torch.Tensor) and given.layout is torch.strided:
            values |= {f"{name}.size({dim})": plain(size) for dim, size in enumerate(given.shape)}
            values |= {f"{name}.stride({dim})": plain(step) for dim, step in enumerate(given.stride())}
    return values, symbols


def _name(source: str) -> str:
    """``L['x'].size()[0]`` as x.size(0), the way a user asks for it."""
    return _OF_TENSOR.sub(r".\1(\2)", _LOCAL.sub(r"\1", source))

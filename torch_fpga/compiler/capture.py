"""A Dynamo graph to functional ATen graphs, by AOTAutograd: what every use of the compiler begins with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import SerializableAOTDispatchCompiler

from torch_fpga.compiler.cached import CompiledGraph
from torch_fpga.compiler.frame import Frame
from torch_fpga.compiler.region_code import Compiled
from torch_fpga.compiler.strides import eager_strides
from torch_fpga.compiler.training_mode import training_mode
from torch_fpga.debug import Dump
from torch_fpga.options import Options

InnerCompiler = Callable[[fx.GraphModule, Sequence[Any]], Any]
"""Makes a callable of a captured graph and its fake inputs."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What is known of a Dynamo graph before it is captured.

    Attributes:
        options: the backend's.
        input_names: of the graph's placeholders, as Dynamo calls them.
        dump: where the steps are shown.
        frame: the user's function.
        notes: sentences for the report.
        user_tag: what the user adds to the keys of PyTorch's caches (``torch.compiler.config.cache_key_tag``).
    """

    options: Options
    input_names: list[str]
    dump: Dump
    frame: Frame
    notes: list[str]
    user_tag: str

    @staticmethod
    def of(graph: fx.GraphModule, options: Options, frame: Frame) -> Request:
        """The request to compile a Dynamo graph for inference. Warns if the model is in training mode."""
        notes = training_mode(graph)
        for note in notes:
            frame.warn(note)
        names = [node.name for node in graph.graph.find_nodes(op="placeholder")]
        return Request(options, names, Dump(), frame, notes, torch.compiler.config.cache_key_tag)


def capture(
    graph: fx.GraphModule, example_inputs: Sequence[Any], inner: InnerCompiler, cacheable: bool = False
) -> Compiled:
    """A callable in place of a Dynamo graph: what ``inner`` makes of it, with results that lie as in eager PyTorch.

    With ``cacheable`` AOTAutograd looks in its cache first, and ``inner`` must return a ``CompiledGraph``.
    """
    inference = SerializableAOTDispatchCompiler(CompiledGraph, inner) if cacheable else inner
    captured = aot_autograd(
        fw_compiler=inference,
        bw_compiler=inner,
        inference_compiler=inference,
        keep_inference_input_mutations=True,
    )
    return eager_strides(captured(graph, example_inputs), graph)

"""Calls that eager PyTorch refuses and Inductor computes.

Their tensors must be of one type, which no fake checks, and Inductor writes them as arithmetic that promotes or as a
store that converts.
"""

from __future__ import annotations

import torch
from torch import fx

from torch_fpga.compiler.source_lines import user_line

_aten = torch.ops.aten

_OF_ONE_TYPE = {
    _aten.mv.default: (0, 1),
    _aten.index_add.default: (0, 3),
    _aten.index_copy.default: (0, 3),
    _aten.index_put.default: (0, 2),
    _aten.put.default: (0, 2),
}


def refused_in_eager(graph: fx.GraphModule) -> str:
    """The first such call of a captured graph, with its types and its line; empty if there is none."""
    for node in graph.graph.nodes:
        places = _OF_ONE_TYPE.get(node.target, ()) if node.op == "call_function" else ()
        kinds = [node.args[place].meta["val"].dtype for place in places]
        if len(set(kinds)) > 1:
            return f"{node.target} of {' and '.join(map(str, kinds))} ({user_line(node)})"
    return ""

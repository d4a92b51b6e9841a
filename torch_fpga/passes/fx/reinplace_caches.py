"""Lets other regions read an updated input where it lies.

AOTAutograd makes ``cache.index_copy_(...)`` a new tensor and a ``copy_`` into the cache. A region that reads the new
tensor would be handed a second copy of the whole cache on every call; after the ``copy_`` the cache itself holds the
same, until the next one, so it reads that.
"""

from __future__ import annotations

import torch
from torch import fx

aten = torch.ops.aten


def reinplace_caches(graph: fx.GraphModule) -> None:
    """Rewrites in place; needs ``region`` and ``stage``, as placement sets them."""
    for write in graph.graph.find_nodes(op="call_function", target=aten.copy_.default):
        cache, value = write.args[:2]
        if cache.op != "placeholder" or not isinstance(value, fx.Node):
            continue
        for user in list(value.users):
            later = user.op == "call_function" and user.meta["stage"] > write.meta["stage"]
            if later and cache.meta["val"].dtype == value.meta["val"].dtype:
                user.replace_input_with(value, cache)

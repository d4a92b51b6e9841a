"""An order for the two devices: stages, even ones on the GPU, odd ones on the FPGA.

A super-node's stage is the highest of what it waits for, one more where the device changes. Edges never lead to a
lower stage, so regions made of stages can run one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def stages_of(edges: Iterable[tuple[int, int]], on_fpga: Sequence[bool]) -> list[int]:
    """A stage for each super-node. ``edges`` are (earlier, later) pairs; super-nodes are numbered in a legal order."""
    earlier: list[list[int]] = [[] for _ in on_fpga]
    later: list[list[int]] = [[] for _ in on_fpga]
    for a, b in edges:
        earlier[b].append(a)
        later[a].append(b)
    stages = [int(fpga) for fpga in on_fpga]
    for node in range(len(on_fpga)):
        for before in earlier[node]:
            stages[node] = max(stages[node], stages[before] + (on_fpga[before] != on_fpga[node]))
    # FPGA work sinks to where its results are first needed: joined to a later region it saves a launch.
    for node in reversed(range(len(on_fpga))):
        if on_fpga[node] and later[node]:
            stages[node] = min(stages[after] - (not on_fpga[after]) for after in later[node])
    return stages


def regions_of(edges: Iterable[tuple[int, int]], on_fpga: Sequence[bool], stages: Sequence[int]) -> list[list[int]]:
    """Super-nodes of one region each, in stage order: a whole GPU stage, or what is connected within an FPGA stage."""
    parent = list(range(len(on_fpga)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in edges:
        if on_fpga[a] and on_fpga[b] and stages[a] == stages[b]:
            parent[root(b)] = root(a)
    regions: dict[tuple[int, int], list[int]] = {}
    for node, stage in enumerate(stages):
        regions.setdefault((stage, root(node) if on_fpga[node] else -1), []).append(node)
    return [regions[key] for key in sorted(regions, key=lambda key: (key[0], regions[key][0]))]

"""Where boxes, edges and labels of a drawn graph lie: rows from top to bottom, few crossings, no overlaps.

A layered drawing: a box lies one row under the lowest of its producers, a label gets a row of its own between them,
and a long edge holds a place in each row that it passes, so that it goes round the boxes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from itertools import pairwise

import networkx as nx

Point = tuple[float, float]
_PASSING = 14.0  # width of a place held by a passing edge
_SPACE = 16.0  # between neighbours of a row
_ROW = 20.0  # between rows
_LABEL_HEIGHT = 30.0
_SWEEPS = 12


@dataclasses.dataclass
class Layout:
    """``boxes`` and ``labels`` hold centres, ``routes`` the points that an edge passes."""

    width: float
    height: float
    boxes: dict[str, Point]
    labels: dict[tuple[str, str], Point]
    routes: dict[tuple[str, str], list[Point]]


@dataclasses.dataclass
class _Item:
    """Something that takes a place in a row."""

    row: int
    width: float
    height: float
    x: float = 0.0


def layout(boxes: dict[str, Point], labels: dict[tuple[str, str], float]) -> Layout:
    """Lays out ``boxes`` (their widths and heights), joined by edges whose labels are so wide. Wants no cycle."""
    rows = _rows(boxes, labels)
    items: dict[Hashable, _Item] = {name: _Item(rows[name], *boxes[name]) for name in boxes}
    chain = nx.DiGraph()
    chain.add_nodes_from(items)
    paths: dict[tuple[str, str], list[Hashable]] = {}
    for (src, dst), width in labels.items():
        between: list[Hashable] = [(src, dst, row) for row in range(rows[src] + 1, rows[dst])]
        for place in between:
            items[place] = _Item(place[2], _PASSING, 0.0)  # type: ignore[index]
        items[between[0]] = _Item(rows[src] + 1, width, _LABEL_HEIGHT)
        paths[src, dst] = [src, *between, dst]
        nx.add_path(chain, paths[src, dst])
    ordered = _order(items, chain)
    _place(items, ordered, chain)
    return _drawing(items, ordered, paths, boxes)


def _rows(boxes: dict[str, Point], labels: dict[tuple[str, str], float]) -> dict[str, int]:
    """Every second row is free for labels. A source lies right over its nearest reader."""
    graph = nx.DiGraph()
    graph.add_nodes_from(boxes)
    graph.add_edges_from(labels)
    rows: dict[str, int] = {}
    for level, names in enumerate(nx.topological_generations(graph)):
        rows |= dict.fromkeys(names, 2 * level)
    for name in boxes:
        if not graph.pred[name] and graph.succ[name]:
            rows[name] = min(rows[reader] for reader in graph.succ[name]) - 2
    return rows


def _order(items: dict[Hashable, _Item], chain: nx.DiGraph) -> list[list[Hashable]]:
    """The order within each row: sweeps that put each item at the mean place of its neighbours (Sugiyama)."""
    ordered: list[list[Hashable]] = [[] for _ in range(1 + max((item.row for item in items.values()), default=0))]
    for name in nx.dfs_preorder_nodes(chain.to_undirected(as_view=True)) if items else ():
        ordered[items[name].row].append(name)
    seen = {name for row in ordered for name in row}
    for name, item in items.items():
        if name not in seen:
            ordered[item.row].append(name)

    place = {name: index / len(row) for row in ordered for index, name in enumerate(row)}

    def sweep(row: list[Hashable], neighbours: Callable[[Hashable], list[Hashable]]) -> None:
        means = {
            name: sum(place[other] for other in found) / len(found) if (found := neighbours(name)) else place[name]
            for name in row
        }
        row.sort(key=means.__getitem__)
        place.update((name, index / len(row)) for index, name in enumerate(row))

    for _ in range(_SWEEPS):
        for row in ordered:
            sweep(row, lambda name: list(chain.pred[name]))
        for row in reversed(ordered):
            sweep(row, lambda name: list(chain.succ[name]))
    return ordered


def _place(items: dict[Hashable, _Item], ordered: list[list[Hashable]], chain: nx.DiGraph) -> None:
    """Sets ``x``: each item as near to its neighbours as the order of its row lets it."""
    for row in ordered:
        _spread(items, row, [0.0] * len(row))
    for sweep in range(4 * _SWEEPS):
        down = sweep % 2 == 0
        for row in ordered if down else reversed(ordered):
            wanted = []
            for name in row:
                near = chain.pred[name] if down else chain.succ[name]
                near = near or chain.pred[name] or chain.succ[name]
                wanted.append(sum(items[n].x for n in near) / len(near) if near else items[name].x)
            _spread(items, row, wanted)
    left = min((item.x - item.width / 2 for item in items.values()), default=0.0)
    for item in items.values():
        item.x -= left - _SPACE


def _spread(items: dict[Hashable, _Item], row: list[Hashable], wanted: list[float]) -> None:
    """The places in order, without overlap, that have the least squares to ``wanted`` (pool adjacent violators)."""
    offsets = [0.0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + (items[a].width + items[b].width) / 2 + _SPACE)
    pools: list[tuple[float, int]] = []  # mean and number of members
    for want, offset in zip(wanted, offsets, strict=False):
        mean, members = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, size = pools.pop()
            mean, members = (mean * members + other * size) / (members + size), members + size
        pools.append((mean, members))
    means = [mean for mean, members in pools for _ in range(members)]
    for name, mean, offset in zip(row, means, offsets, strict=False):
        items[name].x = mean + offset


def _drawing(
    items: dict[Hashable, _Item],
    ordered: list[list[Hashable]],
    paths: dict[tuple[str, str], list[Hashable]],
    boxes: dict[str, Point],
) -> Layout:
    heights = [max((items[name].height for name in row), default=0.0) for row in ordered]
    tops = [_SPACE]
    for height in heights:
        tops.append(tops[-1] + height + (_ROW if height else 0.0))
    middle = {name: tops[item.row] + heights[item.row] / 2 for name, item in items.items()}
    leaving, entering = _ports(items, paths, 0, 1), _ports(items, paths, -1, -2)
    routes = {}
    for edge, (src, *between, dst) in paths.items():
        points = [(leaving[edge], middle[src] + items[src].height / 2)]
        for place in between:
            row = items[place].row
            points += [(items[place].x, tops[row]), (items[place].x, tops[row] + heights[row])]
        routes[edge] = [*points, (entering[edge], middle[dst] - items[dst].height / 2)]
    return Layout(
        width=max((item.x + item.width / 2 for item in items.values()), default=0.0) + _SPACE,
        height=tops[-1],
        boxes={name: (items[name].x, middle[name]) for name in boxes},
        labels={edge: (items[path[1]].x, middle[path[1]]) for edge, path in paths.items()},
        routes=routes,
    )


def _ports(
    items: dict[Hashable, _Item], paths: dict[tuple[str, str], list[Hashable]], end: int, beside: int
) -> dict[tuple[str, str], float]:
    """Where each edge meets its box: side by side, in the order in which they go on."""
    at_box: dict[Hashable, list[tuple[str, str]]] = {}
    for edge, path in paths.items():
        at_box.setdefault(path[end], []).append(edge)
    ports = {}
    for box, edges in at_box.items():
        edges.sort(key=lambda edge: items[paths[edge][beside]].x)
        step = min(28.0, items[box].width * 0.8 / len(edges))
        for index, edge in enumerate(edges):
            ports[edge] = items[box].x + (index - (len(edges) - 1) / 2) * step
    return ports

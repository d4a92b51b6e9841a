from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.samples import long_report
from torch_fpga.report.drawing import draw
from torch_fpga.report.layout import layout


@st.composite
def graphs(draw_from: st.DrawFn) -> tuple[dict[str, tuple[float, float]], dict[tuple[str, str], float]]:
    count = draw_from(st.integers(1, 9))
    pairs = list(combinations(range(count), 2))
    chosen = draw_from(st.lists(st.sampled_from(pairs), unique=True, max_size=16)) if pairs else []
    boxes = {str(i): (draw_from(st.sampled_from([80.0, 200.0])), 60.0) for i in range(count)}
    return boxes, {(str(a), str(b)): 50.0 for a, b in chosen}


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_nothing_overlaps_and_edges_go_down(
    graph: tuple[dict[str, tuple[float, float]], dict[tuple[str, str], float]],
) -> None:
    sizes, labels = graph
    placed = layout(sizes, labels)
    things = [(*placed.boxes[name], *sizes[name]) for name in sizes]
    things += [(*placed.labels[edge], width, 30.0) for edge, width in labels.items()]
    for (x0, y0, w0, h0), (x1, y1, w1, h1) in combinations(things, 2):
        assert abs(x0 - x1) >= (w0 + w1) / 2 or abs(y0 - y1) >= (h0 + h1) / 2
    for x, y, w, h in things:
        assert 0 <= x - w / 2 <= x + w / 2 <= placed.width
        assert 0 <= y - h / 2 <= y + h / 2 <= placed.height
    for route in placed.routes.values():
        assert all(a[1] <= b[1] for a, b in pairwise(route))


def test_a_chain_without_side_ways_is_straight() -> None:
    names = [str(i) for i in range(6)]
    placed = layout(dict.fromkeys(names, (200.0, 60.0)), dict.fromkeys(pairwise(names), 40.0))
    assert len({round(x, 3) for x, _ in placed.boxes.values()}) == 1


def test_inputs_with_the_same_readers_share_a_box() -> None:
    graph = long_report(4, 4).graphs[0]
    first = graph.regions[0].id
    for i in range(200):
        graph.edges.append(type(graph.edges[0])(f"input:w{i}", first, f"w{i}", "[1]", "float32", 4))
    drawing = draw(graph)
    assert len([box for box in drawing.boxes if box.name.startswith("input:")]) == 2
    assert any(box.heading == "200 inputs" and box.lines[-1] == "and 197 more" for box in drawing.boxes)

"""Sizes that vary from call to call are arguments of a kernel: neither another kernel nor eager PyTorch is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import torch_fpga
from torch_fpga.compiler import record
from torch_fpga.errors import FpgaWarning

DEVICES = ("emulation", "sw_emu")


def grown(cache: torch.Tensor, new: torch.Tensor, q: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    cache = torch.cat([cache, new])
    return torch.softmax(cache @ q, 0).unsqueeze(0) @ cache, cache


def best(keys: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    score, where = (keys @ q).topk(4)
    return score.softmax(-1) @ keys[where]


def batch(queries: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    return (queries @ index.t()).topk(3).values


def normed(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.rms_norm(x, (24,), w).softmax(1)


def square(x: torch.Tensor) -> torch.Tensor:
    return (x @ x.t()).softmax(-1) @ x


def attended(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)


def _reports():
    return torch_fpga.last_report().graphs


def _run(function, make, sizes, **options):
    """The report of the graph that runs all sizes but the first, whose answers are eager's."""
    torch._dynamo.reset()
    record.reset()
    options = {"placement": "fpga", "device": "emulation", **options}
    compiled = torch.compile(function, backend="fpga", options=options)
    with torch.no_grad():
        for size in sizes:
            inputs = make(size)
            torch.testing.assert_close(compiled(*inputs), function(*inputs), rtol=1e-4, atol=1e-4)
    _, sized = _reports()
    return sized


def _whole(sized, calls: int) -> None:
    """All of a graph is one kernel, which ran every call."""
    (region,) = sized.regions
    assert (region.device, region.calls, region.compiled_by) == ("fpga", calls, "hls")
    assert sized.fallbacks == []


@pytest.mark.parametrize("device", DEVICES)
def test_a_cache_that_grows(device):
    def make(rows):
        return torch.randn(rows, 24), torch.randn(1, 24), torch.randn(24)

    sized = _run(grown, make, (9, 10, 11, 30, 2, 33, 16, 40), device=device, bounds=60)
    _whole(sized, 7)
    assert sized.regions[0].bounds == {"cache.size(0)": 61}
    assert "sizes that vary, as arguments of the kernel: cache.size(0) up to 61" in str(torch_fpga.last_report())


def test_as_a_kernel_that_is_started_once():
    def make(rows):
        return torch.randn(rows, 24), torch.randn(1, 24), torch.randn(24)

    _whole(_run(grown, make, (9, 10, 11, 30), launch="persistent"), 3)


def test_a_batch_of_queries_takes_the_index_once_for_each():
    index = torch.randn(300, 16)
    _whole(_run(batch, lambda n: (torch.randn(n, 16), index), (4, 5, 2, 12, 16)), 4)


def test_rows_in_blocks_and_too_few_for_them():
    """From some rows on a block for each memory channel; for fewer a kernel without blocks."""
    keys = torch.randn(20_000, 32)
    sized = _run(best, lambda n: (keys[:n], torch.ones(32) / 8), (19_000, 20_000, 9_999, 17_000, 64, 5), bounds=20_000)
    _whole(sized, 5)
    source = Path(sized.regions[0].kernel_cpp).read_text()
    assert "repeat<30>" in source
    assert "(16 * b) * size" in source


def test_a_batch_of_queries_over_all_channels():
    index = torch.randn(9000, 32)
    sized = _run(batch, lambda n: (torch.randn(n, 32), index), (4, 5, 2, 12, 16))
    _whole(sized, 4)
    assert "load_vectors_again" in Path(sized.regions[0].kernel_cpp).read_text()


def test_an_index_stays_on_the_device():
    class Search(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("index", torch.randn(300, 16))

        def forward(self, queries):
            return batch(queries, self.index)

    sized = _run(Search(), lambda n: (torch.randn(n, 16),), (4, 5, 2, 12, 16), device="sw_emu")
    _whole(sized, 4)
    assert torch_fpga.last_report().graphs[1].regions[0].sent_bytes == 4 * 16 * (5 + 2 + 12 + 16), "the queries alone"


def test_two_sizes():
    def make(size):
        return torch.randn(*size, 24), torch.ones(24)

    _whole(_run(normed, make, ((3, 5), (4, 6), (4, 9), (8, 16), (17, 3))), 4)


def test_the_square_of_a_size():
    def make(n):
        return (torch.randn(n, 8) / 4,)

    _whole(_run(square, make, (20, 21, 33, 64, 5), bounds=250), 4)


@pytest.mark.parametrize("keys", [(60, 61, 64, 128, 9), (3, 4, 16, 33)], ids=["many", "few"])
def test_attention_of_more_and_more_keys(keys):
    def make(n):
        return torch.randn(1, 4, 1, 8), torch.randn(1, 2, n, 8), torch.randn(1, 2, n, 8)

    _whole(_run(attended, make, keys, bounds=250), len(keys) - 1)


def test_attention_in_blocks_of_whole_groups():
    def make(n):
        return torch.randn(1, 8, 1, 64), torch.randn(1, 4, n, 64), torch.randn(1, 4, n, 64)

    sized = _run(attended, make, (1500, 1501, 1600, 2000, 30), bounds=2000)
    _whole(sized, 4)
    assert "repeat<4>" in Path(sized.regions[0].kernel_cpp).read_text()


def test_beyond_the_bound_eager_answers():
    def make(rows):
        return torch.randn(rows, 24), torch.randn(1, 24), torch.randn(24)

    sized = _run(grown, make, (9, 10, 70, 100, 12), bounds={"cache.size(0)": 20})
    (region,) = sized.regions
    assert (region.calls, region.compiled_by) == (2, "hls")
    (row,) = sized.fallbacks
    assert row.reason_code == "beyond-bound"
    assert "cache.size(0) is 70, and the kernel was made for at most 61" in row.error
    assert "bounds" in row.error
    assert "grown" not in row.error
    assert "test_sized.py" in row.error, "at the user's line"


def test_what_dynamo_and_a_model_say_of_bounds():
    class Model(torch.nn.Module):
        class config:  # noqa: N801
            max_position_embeddings = 200

        def forward(self, x):
            return x.softmax(-1)

    torch._dynamo.reset()
    record.reset()
    options = {"placement": "fpga", "device": "emulation"}
    with torch.no_grad():
        model = torch.compile(Model(), backend="fpga", options=options)
        for n in (9, 10):
            model(torch.randn(n, 8))
        x = torch.randn(9, 8)
        torch._dynamo.mark_dynamic(x, 0, min=2, max=1000)
        torch.compile(lambda x: x.softmax(-1), backend="fpga", options=options)(x)
    _, of_model, of_range = _reports()
    assert of_model.regions[0].bounds == {"x.size(0)": 253}
    assert of_range.regions[0].bounds == {"x.size(0)": 1021}


def test_what_is_no_argument_stays_on_the_gpu():
    """A size that is divided, or a number among the data, has no formula: said before anything is built."""

    def halved(x):
        return x[: x.shape[0] // 2].softmax(-1), x.softmax(-1)

    with pytest.warns(FpgaWarning, match="lost from the FPGA"):
        sized = _run(halved, lambda n: (torch.randn(n, 8),), (8, 10, 12, 20))
    words = {node.reason_words for node in sized.nodes if node.device == "gpu" and node.reason_code == "dynamic-shape"}
    assert any("no sum of products of sizes" in text for text in words), words
    assert [region.title for region in sized.on("fpga")] == ["softmax"]
    assert sized.fallbacks[0].reason_code == "size-changed"


def test_equal_regions_share_a_kernel():
    def layers(x, w):
        y = torch.asinh(x.softmax(-1) * w)  # no stage has an inverse sinh: two regions
        return y.softmax(-1) * w

    sized = _run(layers, lambda n: (torch.randn(n, 8), torch.randn(8)), (4, 5, 6))
    first, second = sized.on("fpga")
    assert second.kernel_of == first.id
    assert second.calls == 2


def test_sizes_of_equal_bounds_do_not_stand_for_each_other():
    """As many rows as there were columns, or as there were rows: other kernels, though alike for the bounds."""

    def taken(x, rows):
        return x.index_select(0, rows) * 2

    for add in (0, 1):
        sized = _run(taken, lambda n, m=add: (torch.randn(n, n + 1), torch.arange(n + m) % n), (5, 6, 9), bounds=60)
        _whole(sized, 2)


def test_what_is_as_many_as_the_least_size_reads_from_the_start():
    """An offset may be 0, where a number of rows may not."""

    def last(x):
        return x[-2:] * 2

    _whole(_run(last, lambda n: (torch.randn(n, 8),), (6, 7, 2, 3, 40)), 4)


def test_all_but_the_first_of_each_row():
    def rest(x):
        return x[:, 1:].softmax(-1)

    _whole(_run(rest, lambda n: (torch.randn(4, n),), (6, 7, 3, 17, 20)), 4)


def test_what_is_put_into_a_slice_has_the_sizes_of_the_graph():
    """The value is expanded to a size that varies: by the number that the graph takes, which Inductor knows, too."""

    def put(x):
        y = x * x
        y[:, 0] = 2
        return y.reshape(-1)

    sized = _run(put, lambda n: (torch.randn(n, 8),), (16, 8, 9))
    assert [row.reason_code for row in sized.fallbacks] == []


def test_rows_that_are_whole_vectors_for_every_other_size():
    """Of s + 1 rows of eight, two fill a vector: with an even s half a vector is left, which no sample showed."""

    def joined(x, row):
        return torch.cat([x.flatten(), row]).softmax(0)

    sized = _run(joined, lambda n: (torch.randn(n, 8), torch.randn(8)), (7, 6, 9, 10, 2))
    cat = next(region for region in sized.on("fpga") if "softmax" in region.title)
    assert cat.calls == 4


def test_what_is_put_into_a_square_has_the_symbol_that_inductor_knows():
    """Both sizes are found to be equal: Inductor calls one by the other's symbol, but what it is given as it was."""

    def put(x, y):
        x = x + y
        x[:, 0] = 2
        return x * 2

    sized = _run(put, lambda n: (torch.randn(n, n), torch.randn(n, n)), (16, 8, 9))
    assert [row.reason_code for row in sized.fallbacks] == []

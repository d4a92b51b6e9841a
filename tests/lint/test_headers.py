"""What of hls_lib Vitis would not take as it is meant. The list is to become empty."""

from __future__ import annotations

from collections import Counter

import pytest

from torch_fpga.lint.headers import CONSTRUCTS, lint_headers
from torch_fpga.runtime.toolchain import library_root

# How often each construct is in each header. A number may only become smaller.
KNOWN = {
    ("row-of-array", "row_sum.hpp"): 1,  # so are the rows of weights
    ("slow-pipeline", "shards.hpp"): 1,  # the next result waits for the place that moves on
    ("slow-pipeline", "scan.hpp"): 1,  # a vector waits for the last sum of the one before
    ("unbounded-loop", "topk.hpp"): 1,  # an insertion into the heap
    ("unbounded-loop", "commands.hpp"): 1,  # a poll: no loop around a call, it ends when the host says so
}

BROKEN = {
    "function-pointer": "  return in_float(x, hls::exp);",
    "array-twice": "  float kept[kSize];\n  normalise<true>(in, kept, kept, out, cols);",
    "indexed-registers": "    value_[next_] = Op::combine(value_[next_], value);",
    "row-of-array": "    for (int b = 0; b < B; ++b) load_row(vectors, held[b], cols);",
    "unbounded-loop": "    while (hole > 0) {",
    "aggregate-by-value": "void store_strided(stream& in, port<T> dst, pattern<RANK> p) {",
    "slow-pipeline": "#pragma HLS pipeline",
}


def test_the_headers_get_no_worse():
    found = Counter((each.rule, each.stage) for each in lint_headers(library_root() / "include"))
    assert found == KNOWN


@pytest.mark.parametrize("rule", [construct.rule for construct in CONSTRUCTS])
def test_each_construct_is_found(rule, tmp_path):
    lines = BROKEN[rule].splitlines()
    (tmp_path / "sinner.hpp").write_text("\n".join([*(f"// {line}" for line in lines), *lines]))
    (found,) = lint_headers(tmp_path)
    assert found.rule == rule
    assert found.source.startswith("sinner.hpp:")


def test_what_is_fine_is_not_found(tmp_path):
    lines = [
        "  load_rows<T, W>(table, out, offset, rows, cols, cols);",
        "  return in_float(x, [](float v) { return hls::exp(v); });",
        "#pragma HLS pipeline II=1",
        "#pragma HLS pipeline II=INTERVAL",
        "explicit row_walk(const pattern<RANK>& p);",
    ]
    (tmp_path / "saint.hpp").write_text("\n".join(lines))
    assert lint_headers(tmp_path) == []

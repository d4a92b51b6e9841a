"""Every decoder generates what it generates in eager PyTorch: greedy and sampled, with both kinds of cache."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from tests.models.decoders import DECODERS, decoder
from tests.models.generating import check_generate, prompt
from torch_fpga.report import GraphReport

CACHES = {"dynamic": None, "static": "static"}
ALIKE = {  # what is in each of these is in others too
    "qwen3": "llama with the normed queries and keys of gemma3",
    "mistral": "llama with the windows of gemma3 and gpt_oss",
    "olmo2": "llama with the normed queries and keys of gemma3",
    "granite": "llama with numbers as factors",
    "deepseek_v3": "deepseek_v32 without its indexer",
    "glm4_moe": "llama with the experts of deepseek_v32",
}
# The slow tests run all with both kinds of cache. One that grows takes a graph more, so a few stand for all: what they
# keep is all that was read, a window of it, and states.
FAST = {"dynamic": {"gemma3", "falcon_h1"}, "static": DECODERS.keys() - ALIKE.keys() - {"falcon_h1"}}


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize(
    ("name", "cache"),
    [
        pytest.param(name, cache, marks=() if name in FAST[cache] else pytest.mark.slow)
        for name, cache in itertools.product(DECODERS, CACHES)
    ],
)
def test_left_padded_batch(name, cache):
    model = decoder(name)
    graphs = check_generate(model, prompt(model, batch=2), cache_implementation=CACHES[cache])
    assert any(graph.on("fpga") for graph in graphs)


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize("name", ["gemma3", pytest.param("deepseek_v32", marks=pytest.mark.slow)])
def test_all_on_the_fpga(name):
    model = decoder(name)
    check_generate(model, prompt(model, batch=2), options={"placement": "fpga"})


@pytest.mark.usefixtures("optimised")
def test_built():
    """The one model whose kernels are built each time."""
    model = decoder("llama")
    _all_compiled(check_generate(model, prompt(model, batch=2), cache_implementation="static"))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("name", DECODERS)
def test_built_whole(name, cache, batch):
    model = decoder(name)
    _all_compiled(check_generate(model, prompt(model, batch), cache_implementation=CACHES[cache]))


@pytest.mark.slow
@pytest.mark.parametrize("name", DECODERS)
def test_built_all_on_the_fpga(name):
    model = decoder(name)
    options = {"placement": "fpga"}
    _all_compiled(check_generate(model, prompt(model, 2), options=options, cache_implementation="static"))


def _all_compiled(graphs: Iterable[GraphReport]) -> None:
    # Some models ignore a static cache: their sizes change, which is said and is no fallback of a region.
    rows = [row for graph in graphs for row in graph.fallbacks if row.reason_code != "size-changed"]
    assert rows == []

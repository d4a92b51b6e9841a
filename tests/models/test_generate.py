"""Every decoder generates what it generates in eager PyTorch: greedy and sampled, with both kinds of cache."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.models.decoders import DECODERS, decoder
from tests.models.generating import check_generate, prompt
from torch_fpga.report import GraphReport

CACHES = {"dynamic": None, "static": "static"}


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("name", DECODERS)
def test_left_padded_batch(name, cache):
    model = decoder(name)
    graphs = check_generate(model, prompt(model, batch=2), cache_implementation=CACHES[cache])
    assert any(graph.on("fpga") for graph in graphs)


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize("name", ["llama", "gemma3", "deepseek_v32", "mamba2"])
def test_all_on_the_fpga(name):
    model = decoder(name)
    check_generate(model, prompt(model, batch=2), options={"placement": "fpga"})


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
    assert [fallback for graph in graphs for fallback in graph.fallbacks] == []

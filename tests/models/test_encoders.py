"""Encoders, and encoders with a decoder, give what they give in eager PyTorch."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch._dynamo.utils import counters

import torch_fpga
from tests.models import encoders
from tests.models.generating import check_generate

OPTIONS = {"device": "emulation"}


def _texts() -> dict[str, torch.Tensor]:
    """Two texts, the first padded on the right."""
    ids = torch.randint(2, 95, (2, 7), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    ids[0, 4:] = mask[0, 4:] = 0
    return {"input_ids": ids, "attention_mask": mask}


def _images() -> dict[str, torch.Tensor]:
    return {"pixel_values": torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))}


def _sounds() -> dict[str, torch.Tensor]:
    return {"input_features": torch.randn(2, 8, 40, generator=torch.Generator().manual_seed(1))}


ENCODERS = {"bert": (encoders.bert, _texts), "vit": (encoders.vit, _images)}
WITH_DECODER = {"t5": (encoders.t5, _texts), "whisper": (encoders.whisper, _sounds)}
CACHES = {"dynamic": None, "static": "static"}
FAST = {("t5", "static"), ("whisper", "dynamic")}


def _check_forward(name: str, **options: str) -> torch_fpga.report.GraphReport:
    make, inputs = ENCODERS[name]
    model = make()
    with torch.no_grad():
        want = model(**inputs())
        counters.clear()
        got = torch.compile(model, backend="fpga", options={**OPTIONS, **options})(**inputs())
    assert got.keys() == want.keys()
    torch.testing.assert_close(list(got.values()), list(want.values()), rtol=1e-4, atol=1e-4)
    assert not counters["graph_break"]
    (graph,) = torch_fpga.last_report().graphs
    return graph


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize("placement", ["memory_bound", "fpga"])
@pytest.mark.parametrize("name", ENCODERS)
def test_forward(name, placement):
    graph = _check_forward(name, placement=placement)
    assert placement == "memory_bound" or any(graph.on("fpga"))  # of a small ViT nothing is bound by memory


@pytest.mark.usefixtures("no_builds")
@pytest.mark.parametrize(
    ("name", "cache"),
    [
        pytest.param(*case, marks=() if case in FAST else pytest.mark.slow)
        for case in itertools.product(WITH_DECODER, CACHES)
    ],
)
def test_generate(name, cache):
    make, inputs = WITH_DECODER[name]
    check_generate(make(), inputs(), cache_implementation=CACHES[cache])


@pytest.mark.slow
@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("placement", ["memory_bound", "fpga"])
def test_forward_built(name, placement):
    assert not _check_forward(name, placement=placement).fallbacks


@pytest.mark.slow
@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("name", WITH_DECODER)
def test_generate_built(name, cache):
    make, inputs = WITH_DECODER[name]
    graphs = check_generate(make(), inputs(), cache_implementation=CACHES[cache])
    # A cache that grows changes sizes: a row of the report, and no fallback of a region.
    rows = [row for graph in graphs for row in graph.fallbacks if row.reason_code != "size-changed"]
    assert rows == []

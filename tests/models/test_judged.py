"""Every kernel of the models is judged before anything is built: what its tasks cost, the lint, one image for all."""

from __future__ import annotations

import math
import re
import warnings

import pytest
import torch

import torch_fpga
from tests.models.decoders import DECODERS, decoder
from tests.models.encoders import bert, vit
from torch_fpga.errors import FpgaWarning
from torch_fpga.lint import RULES
from torch_fpga.report import GraphReport
from torch_fpga.report.budget import excesses
from torch_fpga.report.kernels import designs
from torch_fpga.report.summary import verdict

FAST = ("gemma3", "bert")
WRONG = {"phase-race", "shallow-fifo", "shared-memory", "stream-ends"}
"""Rules for kernels that would give wrong results or none. What makes them slow or is refused is known, and shown."""
MODELS = {**{name: lambda name=name: decoder(name) for name in DECODERS}, "bert": bert, "vit": vit}


def _graphs(name: str, **options: str) -> list[GraphReport]:
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FpgaWarning)  # of kernels that do not fit, which these are let to be
        return torch_fpga.explain(MODELS[name](), _inputs(name), **options).graphs


def _inputs(name: str) -> torch.Tensor:
    random = torch.Generator().manual_seed(1)
    if name == "vit":
        return torch.randn(2, 3, 16, 16, generator=random)
    return torch.randint(2, 95, (1, 7), generator=random)


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FAST else pytest.mark.slow) for n in MODELS])
def test_all_that_can_be_on_the_fpga(name):
    graphs = _graphs(name, placement="fpga")
    regions = [region for graph in graphs for region in graph.on("fpga")]
    assert regions
    for region in regions:
        assert region.design is not None, f"{region.id}: {region.title}"
        tasks = [task for phase in region.design.phases for task in phase.tasks]
        assert tasks
        assert all(math.isfinite(task.end) and task.end > task.start >= 0 and task.busy > 0 for task in tasks)
        broken = {finding.rule for finding in region.design.findings}
        assert broken <= set(RULES)
        assert not broken & WRONG
    for graph in graphs:
        kernels = designs(graph)
        over = excesses(kernels)
        assert [note for note in graph.notes if note.startswith("the card:")] == [f"the card: {e.words}" for e in over]
        (said,) = [sentence for sentence in verdict(graph, "fpga") if "the card: " in sentence] or [""]
        assert bool(said) == bool(kernels)
        assert ("not fit" in said) == any(excess.whole for excess in over)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_the_closed_form_agrees_with_the_log(name):
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FpgaWarning)
        graphs = torch_fpga.cycles(MODELS[name](), _inputs(name), placement="fpga").graphs
    designs = {region.id: region.design for graph in graphs for region in graph.on("fpga")}
    assert designs
    for region, design in designs.items():
        assert design.known == "cycle", region
        assert design.closed_form == pytest.approx(design.cycles, rel=0.1), region


def test_what_a_call_takes_where_nothing_is_on_the_fpga():
    (graph,) = _graphs("gemma3")
    assert not any(graph.on("fpga"))
    nothing, call = verdict(graph, "memory_bound")
    assert "change nothing" in nothing
    assert re.search(r"takes [\d.]+ .?s and [\d.]+ .?J .* stock .*, [\d.]+ .?s and .* at its best .* as placed", call)

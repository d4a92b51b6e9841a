"""``generate`` as a user calls it, in eager PyTorch and compiled, with what must hold of every model."""

from __future__ import annotations

import functools
from typing import Any

import torch
import transformers
from torch._dynamo.utils import counters

import torch_fpga
from tests.models.agreement import Generated, Lead, compare
from torch_fpga.report import GraphReport

STEPS = 6


def prompt(model: transformers.PreTrainedModel, batch: int) -> dict[str, torch.Tensor]:
    """Seven random tokens; the first of several texts is shorter and padded on the left."""
    ids = torch.randint(2, model.config.vocab_size, (batch, 7), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    if batch > 1:
        ids[0, :3] = mask[0, :3] = 0
    return {"input_ids": ids, "attention_mask": mask}


def generate(model: transformers.PreTrainedModel, inputs: dict[str, torch.Tensor], **how: Any) -> Generated:
    """``STEPS`` tokens with their logits; those that are sampled are always the same."""
    torch.manual_seed(2)
    settings = {"max_new_tokens": STEPS, "min_new_tokens": STEPS, "return_dict_in_generate": True}
    out = model.generate(**inputs, **settings, **how, output_logits=True)
    return Generated(out.sequences[:, -STEPS:], torch.stack(out.logits))


def generate_in_eager(model: transformers.PreTrainedModel, inputs: dict[str, torch.Tensor], **how: Any) -> Generated:
    """The same, and how close the selections inside the model were."""
    leads: list[float] = []
    forward = model.forward

    @functools.wraps(forward)
    def watched(*args: Any, **kwargs: Any) -> Any:
        with Lead() as lead:
            result = forward(*args, **kwargs)
        leads.append(lead.smallest)
        return result

    model.forward = watched
    generated = generate(model, inputs, **how)
    model.forward = forward
    generated.leads = leads
    return generated


def compile_forward(model: transformers.PreTrainedModel, **options: Any) -> None:
    """As the documents of transformers do it."""
    model.forward = torch.compile(model.forward, backend="fpga", options={"device": "emulation", **options})


def check_generate(
    model: transformers.PreTrainedModel,
    inputs: dict[str, torch.Tensor],
    options: dict[str, Any] | None = None,
    **how: Any,
) -> list[GraphReport]:
    """Greedy and sampled texts are eager's, from at most two compilations of the decode step. Returns the graphs."""
    manners: list[dict[str, Any]] = [{"do_sample": False}, {"do_sample": True}]
    wanted = [generate_in_eager(model, inputs, **manner, **how) for manner in manners]
    counters.clear()
    compile_forward(model, **(options or {}))
    compiled = []
    for manner, want in zip(manners, wanted, strict=True):
        compare(generate(model, inputs, **manner, **how), want)
        compiled.append(counters["stats"]["unique_graphs"])
    assert not counters["graph_break"]
    assert compiled[0] <= 3, "prefill, decode, and decode with an unknown length"
    assert compiled[1] == compiled[0], "the second text found all that it needs"
    report = torch_fpga.last_report()
    assert report is not None
    return report.graphs

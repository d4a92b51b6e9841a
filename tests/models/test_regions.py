"""How many FPGA regions a decoder layer becomes at decode, with a static cache and all that can be on the FPGA."""

from __future__ import annotations

import pytest
import torch
import transformers

import torch_fpga
from tests.agree import differences
from tests.models.decoders import decoder


def _layer(name: str, number: int):
    """A layer of a model that has read seven tokens, as a function of the eighth's hidden state and of the mask."""
    model = decoder(name)
    cache = transformers.StaticCache(config=model.config, max_cache_len=16)
    model(torch.randint(2, 96, (1, 7)), cache=cache, use_cache=True)
    layer, kind = model.model.layers[number], getattr(model.config, "layer_types", None)
    hidden, position = torch.randn(1, 1, 32), torch.tensor([[7]])
    rotary = model.model.rotary_emb
    angles = rotary(hidden, position, kind[number]) if name == "gemma3" else rotary(hidden, position)
    mask = torch.arange(cache.layers[number].keys.shape[2])[None, None, None] < 8

    def step(hidden: torch.Tensor, mask: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        return layer(hidden, attention_mask=mask, position_embeddings=(cos, sin), cache=cache)

    return step, (hidden, mask, *angles)


LAYERS = [("llama", 0), ("gemma3", 0), ("gemma3", 1)]  # Gemma's first has a window, which is full by now


@pytest.mark.parametrize(("name", "number"), LAYERS)
def test_a_layer_is_two_regions(name, number):
    with torch.no_grad():
        step, inputs = _layer(name, number)
        report = torch_fpga.explain(step, *inputs, placement="fpga")
    (graph,) = report.graphs
    regions = [region.title for region in graph.on("fpga")]
    assert len(regions) <= 2, regions
    found = {node.op.split(".")[1] for node in graph.nodes if node.op.startswith("torch_fpga.")}
    written = "put_rows" if number == 0 and name == "gemma3" else "update_rows"
    assert found == {"rope", "attention", "swiglu" if name == "llama" else "geglu", written}
    # On the GPU is nothing but what writes into the cache.
    assert {node.reason_code for node in graph.nodes if node.device == "gpu"} <= {"mutation", "unsupported-op", "view"}
    assert {node.op for node in graph.nodes if node.reason_code == "unsupported-op"} <= {"aten.copy.default"}


@pytest.mark.parametrize("name", ["llama", "gemma3"])
def test_a_model_is_a_region_a_layer(name):
    """And one that the first layer begins with, and one of the mask."""
    model = decoder(name)
    cache = transformers.StaticCache(config=model.config, max_cache_len=16)
    with torch.no_grad():
        model(torch.randint(2, 96, (1, 7)), cache=cache, use_cache=True)
        report = torch_fpga.explain(
            lambda token, position: model(token, cache=cache, position_ids=position).logits,
            torch.tensor([[5]]),
            torch.tensor([[7]]),
            placement="fpga",
        )
    (graph,) = report.graphs
    assert len(list(graph.on("fpga"))) <= model.config.num_hidden_layers + 2


class Cached(torch.nn.Module):
    """Two steps of attention in a cache that is a buffer, of which the place is counted beside."""

    def __init__(self, assigned: bool) -> None:
        super().__init__()
        self.assigned = assigned
        self.register_buffer("keys", torch.zeros(1, 2, 8, 4))
        self.register_buffer("length", torch.tensor(0))

    def forward(self, query: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
        place = torch.arange(1) + self.length
        self.length.add_(1)
        if self.assigned:
            self.keys[:, :, place] = row
        else:
            self.keys.index_copy_(2, place, row)
        return torch.nn.functional.scaled_dot_product_attention(query, self.keys, self.keys, enable_gqa=True)


@pytest.mark.parametrize(
    ("placement", "assigned"), [("fpga", False), ("memory_bound", False), ("gpu", False), ("fpga", True)]
)
def test_a_cache_is_written_and_read_as_in_eager(placement, assigned):
    torch.manual_seed(0)
    calls = [(torch.randn(1, 4, 1, 4), torch.randn(1, 2, 1, 4)) for _ in range(3)]
    assert differences(Cached(assigned), calls, {"placement": placement}) == []

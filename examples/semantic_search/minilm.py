"""The encoder all-MiniLM-L6-v2 (a six-layer BERT) in plain PyTorch: imports in no time and compiles as one graph."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

HIDDEN, HEADS, LAYERS, INNER = 384, 12, 6, 1536
VOCABULARY, POSITIONS, EPS = 30522, 512, 1e-12


class Layer(nn.Module):
    """Self-attention and a feed-forward network, each added to its input and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(HIDDEN, HIDDEN) for _ in range(3))
        self.out = nn.Linear(HIDDEN, HIDDEN)
        self.out_norm = nn.LayerNorm(HIDDEN, EPS)
        self.up = nn.Linear(HIDDEN, INNER)
        self.down = nn.Linear(INNER, HIDDEN)
        self.down_norm = nn.LayerNorm(HIDDEN, EPS)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q, k, v = (p(x).unflatten(-1, (HEADS, -1)).transpose(1, 2) for p in (self.query, self.key, self.value))
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)
        x = self.out_norm(x + self.out(attended))
        return self.down_norm(x + self.down(F.gelu(self.up(x))))


class MiniLM(nn.Module):
    """Texts as token ids ``[batch, length]`` with their mask -> unit vectors ``[batch, 384]``."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(VOCABULARY, HIDDEN)
        self.position = nn.Embedding(POSITIONS, HIDDEN)
        self.segment = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, EPS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.word(input_ids) + self.position.weight[: input_ids.shape[1]] + self.segment.weight[0]
        x = self.norm(x)
        mask = attention_mask[:, None, None, :].bool()
        for layer in self.layers:
            x = layer(x, mask)
        weight = attention_mask.unsqueeze(-1).to(x.dtype)
        return F.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)


_OURS = {
    "embeddings.word_embeddings": "word",
    "embeddings.position_embeddings": "position",
    "embeddings.token_type_embeddings": "segment",
    "embeddings.LayerNorm": "norm",
    "encoder.layer": "layers",
    "attention.self.": "",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "out_norm",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "down_norm",
}


def load(folder: Path) -> MiniLM:
    """The encoder with the weights of ``model.safetensors``, which are named as BERT's are."""
    weights = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        for theirs, ours in _OURS.items():
            name = name.replace(theirs, ours)
        weights[name] = tensor
    for unused in [name for name in weights if name.startswith("pooler.") or name.endswith("position_ids")]:
        del weights[unused]
    with torch.device("meta"):  # no random initial weights: they would take longer than loading the real ones
        model = MiniLM()
    model.load_state_dict(weights, assign=True)
    return model.eval().requires_grad_(False)

"""DeepSeek Sparse Attention: DeepSeek-AI, "DeepSeek-V3.2-Exp", 2025, equations 1 and 2, and its inference code."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from torch_fpga.errors import UserError
from torch_fpga.memory.keys_values import attend
from torch_fpga.memory.memory import Memory
from torch_fpga.memory.rotary import Yarn, angles, rotate_halves, rotate_pairs
from torch_fpga.memory.scaled import scaled
from torch_fpga.memory.selection import Selection, best


@dataclasses.dataclass(frozen=True)
class DeepSeekSize:
    """Sizes of a layer; the defaults are those of DeepSeek-V3.2 (671B).

    Attributes:
        capacity: tokens that there is room for.
        batch: sequences, all of one length.
        dim: of the hidden states.
        heads: of the attention.
        q_lora, kv_lora: of the latents that queries, and keys and values, are made of.
        nope, rope: elements of a query and key of a head without and with a position.
        value: elements of a value of a head.
        index_heads, index_dim: of the indexer; ``index_dim`` is a power of two, at least ``rope``.
        topk: tokens that a query attends to.
        theta: of the rotary embedding.
        yarn: applied where ``capacity`` is more than its ``original``.
    """

    capacity: int
    batch: int = 1
    dim: int = 7168
    heads: int = 128
    q_lora: int = 1536
    kv_lora: int = 512
    nope: int = 128
    rope: int = 64
    value: int = 128
    index_heads: int = 64
    index_dim: int = 128
    topk: int = 2048
    theta: float = 10_000.0
    yarn: Yarn = dataclasses.field(default_factory=Yarn)


class DeepSeekQuery(NamedTuple):
    """What a token asks with.

    Attributes:
        codes: [batch, tokens, index_heads, index_dim] in the indexer's type.
        weights: float32 [batch, tokens, index_heads], the scales of the codes among them.
        latent: [batch, heads, tokens, kv_lora + rope].
    """

    codes: Tensor
    weights: Tensor
    latent: Tensor


class Indexer(nn.Module):
    """The weights of the indexer, by the names of the checkpoint."""

    def __init__(self, size: DeepSeekSize, device: torch.device | str | None, dtype: torch.dtype | None) -> None:
        super().__init__()
        make: dict[str, Any] = {"device": device, "dtype": dtype}
        self.wq_b = nn.Linear(size.q_lora, size.index_heads * size.index_dim, bias=False, **make)
        self.wk = nn.Linear(size.dim, size.index_dim, bias=False, **make)
        self.k_norm = nn.LayerNorm(size.index_dim, eps=1e-6, **make)
        self.weights_proj = nn.Linear(size.dim, size.index_heads, bias=False, **make)


class DeepSeekSparseAttention(Memory):
    """A layer of multi-head latent attention in which each token attends to the ``topk`` that the indexer scores best.

    For a token t with hidden state x and an earlier token s:

    - prepare: ``k_s = H rope(LayerNorm(Wk x_s))`` in 8 bits with a scale, and the latent ``c_s = RMSNorm(Wkv x_s)``
      with its rotated key. The query: ``q_tj = H rope(Wq qr)_j`` of the latent ``qr = RMSNorm(Wqa x_t)``, in 8 bits
      with a scale, and ``w_tj`` of x. H is the Hadamard matrix over sqrt(index_dim).
    - relevancy, equation 1: ``I_ts = sum_j w_tj relu(q_tj . k_s)``, with the scales, ``index_heads^-1/2`` and
      ``index_dim^-1/2`` in w.
    - retrieve: the ``topk`` largest I_ts, s <= t.
    - apply, equation 2: MLA over their latents, with the up-projections absorbed into query and result.

    The rotation of the indexer is by halves, that of the attention by pairs, as in transformers and the corrected
    inference code (the first release rotated both by pairs).

    Attributes:
        index_keys: [batch, capacity, index_dim] in ``index_dtype``.
        index_scales: float32 [batch, capacity, 1].
        latents: [batch, capacity, kv_lora + rope]: of each token c, and behind it the rotated key.
    """

    index_keys: Tensor
    index_scales: Tensor
    latents: Tensor
    cos: Tensor
    sin: Tensor
    hadamard: Tensor

    def __init__(
        self,
        size: DeepSeekSize,
        *,
        index_dtype: torch.dtype = torch.float8_e4m3fn,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        """``index_dtype``: of the indexer's queries and keys: ``float8_e4m3fn`` as published, ``int8``, which hardware
        without 8-bit floats multiplies, or a float of 16 bits or more, which is exact. ``dtype``: of all the rest."""
        super().__init__(size.capacity, persistent=False, device=device)
        if size.index_dim & (size.index_dim - 1) or size.rope > size.index_dim or size.rope % 2:
            raise UserError(
                f"index_dim={size.index_dim} with rope={size.rope}",
                hint="index_dim is a power of two, and rope is even and at most index_dim",
            )
        make: dict[str, Any] = {"device": device, "dtype": dtype}
        self.size, self.index_dtype = size, index_dtype
        self.wq_a = nn.Linear(size.dim, size.q_lora, bias=False, **make)
        self.q_norm = nn.RMSNorm(size.q_lora, eps=1e-6, **make)
        self.wq_b = nn.Linear(size.q_lora, size.heads * (size.nope + size.rope), bias=False, **make)
        self.wkv_a = nn.Linear(size.dim, size.kv_lora + size.rope, bias=False, **make)
        self.kv_norm = nn.RMSNorm(size.kv_lora, eps=1e-6, **make)
        self.wkv_b = nn.Linear(size.kv_lora, size.heads * (size.nope + size.value), bias=False, **make)
        self.wo = nn.Linear(size.heads * size.value, size.dim, bias=False, **make)
        self.indexer = Indexer(size, device, dtype)
        self.hold("index_keys", (size.batch, size.capacity, size.index_dim), index_dtype, device)
        self.hold("index_scales", (size.batch, size.capacity, 1), torch.float32, device)
        self.hold("latents", (size.batch, size.capacity, size.kv_lora + size.rope), dtype, device)
        yarn = size.yarn if size.capacity > size.yarn.original else None
        stretched = 1 + 0.1 * math.log(yarn.factor) if yarn else 1.0
        self.scale = (size.nope + size.rope) ** -0.5 * stretched**2
        for name, table in zip(("cos", "sin"), angles(size.capacity, size.rope, size.theta, yarn), strict=True):
            self.register_buffer(name, table.to(device), persistent=False)
        self.register_buffer("hadamard", _hadamard(size.index_dim).to(device), persistent=False)

    def check(self, query: Tensor) -> None:
        """A query is the hidden states of the last tokens, [batch, tokens, dim]."""
        size = self.size
        if query.dim() != 3 or query.shape[0] != size.batch or query.shape[2] != size.dim:
            wanted = f"[{size.batch}, tokens, {size.dim}]"
            raise UserError(f"a query of shape {list(query.shape)}; it should be {wanted}", op=type(self).__name__)

    def forward(self, x: Tensor) -> Tensor:
        """Hidden states of the next tokens, [batch, tokens, dim], to what the layer adds to them."""
        out: Tensor = self.wo(super().forward(x, x))
        return out

    def prepare(self, x: Tensor) -> None:
        """Hidden states of the next tokens, [batch, tokens, dim]."""
        tokens = x.shape[1]
        places = self.places(tokens)
        cos, sin = self.cos[places], self.sin[places]
        codes, scale = scaled(self._turned(self.indexer.k_norm(self.indexer.wk(x)), cos, sin), self.index_dtype)
        latent, key = self.wkv_a(x).split((self.size.kv_lora, self.size.rope), -1)
        self.index_keys[:, places] = codes  # a CPU has no index_copy_ of 8-bit floats
        self.index_scales.index_copy_(1, places, scale)
        self.latents.index_copy_(1, places, torch.cat((self.kv_norm(latent), rotate_pairs(key, cos, sin)), -1))
        self.length += tokens

    def ask(self, x: Tensor) -> DeepSeekQuery:
        """Hidden states of the last tokens, [batch, tokens, dim]."""
        size = self.size
        places = self.positions(x.shape[1]).clamp(min=0)
        cos, sin = self.cos[places, None], self.sin[places, None]
        qr = self.q_norm(self.wq_a(x))
        index = self._turned(self.indexer.wq_b(qr).unflatten(-1, (size.index_heads, size.index_dim)), cos, sin)
        codes, scale = scaled(index, self.index_dtype)
        weights = self.indexer.weights_proj(x).float() * scale[..., 0] * (size.index_heads * size.index_dim) ** -0.5
        nope, rope = self.wq_b(qr).unflatten(-1, (size.heads, -1)).split((size.nope, size.rope), -1)
        absorbed = torch.einsum("bshd,hdc->bshc", nope, self._up()[:, : size.nope])
        latent = torch.cat((absorbed, rotate_pairs(rope, cos, sin)), -1)
        return DeepSeekQuery(codes, weights, latent.transpose(1, 2))

    def relevancy(self, query: DeepSeekQuery) -> Tensor:
        """Float32 [batch, tokens, capacity]."""
        tokens = query.codes.shape[1]
        products = self.index_keys.float() @ query.codes.float().flatten(1, 2).transpose(1, 2)
        heads = products.relu().unflatten(2, (tokens, self.size.index_heads))
        scores = ((heads * query.weights[:, None]).sum(-1) * self.index_scales).transpose(1, 2)
        return torch.where(self.counted(self.capacity) <= self.positions(tokens)[:, None], scores, -torch.inf)

    def retrieve(self, scores: Tensor) -> Selection:
        """Tokens [batch, tokens, topk]."""
        return best(scores, self.size.topk)

    def apply(self, query: DeepSeekQuery, selection: Selection) -> Tensor:
        """[batch, tokens, heads value]."""
        batch = self.counted(self.size.batch)[:, None, None]
        rows = self.latents[batch, selection.indices].unsqueeze(1)
        latents = rows[..., : self.size.kv_lora]
        summed = attend(query.latent, rows, latents, selection.valid.unsqueeze(1), self.scale)
        return torch.einsum("bhsc,hvc->bshv", summed, self._up()[:, self.size.nope :]).flatten(2)

    def _up(self) -> Tensor:
        """The up-projections of the latent to keys and values, [heads, nope + value, kv_lora]."""
        return self.wkv_b.weight.unflatten(0, (self.size.heads, -1))

    def _positions(self, tokens: int) -> Tensor:
        return self.length - tokens + torch.arange(tokens, device=self.length.device)

    def _turned(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Rotated in its first elements, then by the Hadamard matrix, which spreads what is large in one element."""
        rope, rest = x.float().split((self.size.rope, self.size.index_dim - self.size.rope), -1)
        return torch.cat((rotate_halves(rope, cos, sin), rest), -1) @ self.hadamard


def _hadamard(size: int) -> Tensor:
    """Sylvester's matrix over the root of its size: float32 [size, size], orthogonal."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.cat((torch.cat((matrix, matrix), 1), torch.cat((matrix, -matrix), 1)))
    return matrix * size**-0.5

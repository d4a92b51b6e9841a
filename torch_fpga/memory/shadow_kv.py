"""ShadowKV: keys of low rank, values that stay where there is room. Sun et al., "ShadowKV: KV Cache in Shadows for
High-Throughput Long-Context LLM Inference", ICML 2025 (arXiv 2410.21465), and its code (bytedance/ShadowKV)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.memory.blocks import one_token
from torch_fpga.memory.keys_values import CacheSize, KeysValues, attend
from torch_fpga.memory.rotary import angles, rotate_halves
from torch_fpga.memory.selection import Selection, best
from torch_fpga.steps import step


class ShadowKV(KeysValues):
    """Attention of one token to the chunks of a prompt whose mean key it meets best, to outliers and the last tokens.

    Queries and keys come before their rotation, in which keys are of low rank; the memory rotates them (by halves).

    - prepare, once for a prompt (``prompt``): ``K ~ U S`` by a singular value decomposition of the keys of all heads
      side by side; of each chunk the landmark, the mean of its rotated keys; the ``outliers`` chunks in which a key is
      least like its landmark (by cosine), and the last ``local`` chunks, which stay exact. What follows is exact.
    - relevancy: ``softmax(q . landmark / sqrt(head_dim))`` over the chunks that are not exact, for each head; the
      largest of the heads of a key head.
    - retrieve: the ``token_budget // chunk`` best chunks, for each key head.
    - apply: their keys are ``rope(U S)``, their values are gathered; attention over these, the outliers and the last
      tokens.

    Attributes:
        left: U, [batch, capacity, rank]; and ``right``: S, [batch, kv_heads, rank, head_dim].
        prompt_values: [batch, kv_heads, capacity, head_dim].
        landmarks: [batch, kv_heads, chunks, head_dim].
        exact: bool [batch, kv_heads, chunks], the outliers.
        outlier_keys, outlier_values: [batch, kv_heads, outliers chunk, head_dim].
        keys, values: of the last chunks of the prompt and the tokens that follow.
        compressed: int64 [], tokens of the prompt that are in chunks.
    """

    left: Tensor
    right: Tensor
    prompt_values: Tensor
    landmarks: Tensor
    exact: Tensor
    outlier_keys: Tensor
    outlier_values: Tensor
    compressed: Tensor
    cos: Tensor
    sin: Tensor

    def __init__(
        self,
        size: CacheSize,
        *,
        generated: int = 1024,
        chunk: int = 8,
        rank: int = 160,
        token_budget: int = 2048,
        local: int = 4,
        outliers: int = 48,
        theta: float = 10_000.0,
    ) -> None:
        """``size.capacity`` is that of the prompt; ``generated`` tokens may follow, more where the prompt is short.

        Raises:
            UserError: a number is below 1, or ``capacity`` is no multiple of ``chunk``.
        """
        if min(generated, chunk, rank, token_budget, local, outliers) < 1 or size.capacity % chunk:
            raise UserError(
                f"chunks of {chunk} tokens in {size.capacity}, generated={generated}, rank={rank}, "
                f"token_budget={token_budget}, local={local}, outliers={outliers}",
                hint="all are 1 or more, and the capacity is a multiple of the chunk",
            )
        super().__init__(size, room=(local + 1) * chunk - 1 + generated)
        self.chunk, self.local, self.chunks = chunk, local, size.capacity // chunk
        self.best, self.outliers = min(token_budget // chunk, self.chunks), min(outliers, self.chunks)
        heads, width, exact = size.kv_heads, size.head_dim, self.outliers * chunk
        self.rank = min(rank, heads * width)
        for name, shape in {
            "left": (size.batch, size.capacity, self.rank),
            "right": (size.batch, heads, self.rank, width),
            "prompt_values": (size.batch, heads, size.capacity, width),
            "landmarks": (size.batch, heads, self.chunks, width),
            "outlier_keys": (size.batch, heads, exact, width),
            "outlier_values": (size.batch, heads, exact, width),
        }.items():
            self.hold(name, shape, size.dtype, size.device)
        self.hold("exact", (size.batch, heads, self.chunks), torch.bool, size.device)
        self.hold("compressed", (), torch.int64, size.device)
        tokens = size.capacity + self.keys.shape[2]
        for name, table in zip(("cos", "sin"), angles(tokens, width, theta), strict=True):
            self.register_buffer(name, table.to(size.device), persistent=False)

    def check(self, query: Tensor) -> None:
        super().check(query)
        one_token(query, self)

    @step("prepare")
    def prompt(self, keys: Tensor, values: Tensor) -> None:
        """Takes a whole prompt in place of all that is there: keys, not rotated, and values.

        Args:
            keys: [batch, kv_heads, tokens, head_dim].
            values: the same shape.

        Raises:
            OutOfRangeError: the prompt is longer than ``capacity``.
            torch.linalg.LinAlgError: a key is not finite. The memory is as it was, here too.
        """
        tokens = keys.shape[2]
        if tokens > self.size.capacity:
            raise OutOfRangeError(
                f"a prompt of {tokens} tokens; there is room for {self.size.capacity}",
                op=type(self).__name__,
                code="index-out-of-range",
                hint="give the memory a larger capacity",
            )
        left, scale, right = torch.linalg.svd(keys.float().transpose(1, 2).flatten(2), full_matrices=False)
        rank = min(self.rank, scale.shape[-1])
        self.reset()
        self.left[:, :tokens, :rank] = left[..., :rank].to(self.left.dtype)
        scaled = (scale[..., :rank, None] * right[:, :rank]).unflatten(2, (self.size.kv_heads, -1)).transpose(1, 2)
        self.right[:, :, :rank] = scaled.to(self.right.dtype)
        self.prompt_values[:, :, :tokens] = values.to(self.values.dtype)
        rotated = rotate_halves(keys, self.cos[:tokens], self.sin[:tokens])
        chunks = max(tokens // self.chunk - self.local, 0)
        inside = chunks * self.chunk
        self.append(rotated[:, :, inside:], values[:, :, inside:])
        self.length += inside
        self.compressed += inside
        if chunks:
            parts = rotated[:, :, :inside].unflatten(2, (chunks, self.chunk))
            self._landmarks(parts, values[:, :, :inside].unflatten(2, (chunks, self.chunk)))

    def prepare(self, keys: Tensor, values: Tensor) -> None:
        """Keys, not rotated, and values of the tokens that follow, [batch, kv_heads, tokens, head_dim] each."""
        places = self.length + self.counted(keys.shape[2])
        self.append(rotate_halves(keys, self.cos[places], self.sin[places]), values)

    def places(self, count: int) -> Tensor:
        """Behind the last chunks of the prompt."""
        return self.next_places(count, self.length - self.compressed, self.keys.shape[2])

    def ask(self, query: Tensor) -> Tensor:
        """[batch, heads, 1, head_dim], not rotated."""
        at = self.positions(1).clamp(min=0)
        return rotate_halves(query, self.cos[at], self.sin[at])

    def relevancy(self, query: Tensor) -> Tensor:
        """Float32 [batch, kv_heads, 1, chunks]."""
        grouped = query.float().unflatten(1, (self.size.kv_heads, -1)).squeeze(3)
        products = grouped @ self.landmarks.float().transpose(-1, -2) * self.size.head_dim**-0.5
        there = ((self.counted(self.chunks) * self.chunk < self.compressed) & ~self.exact).unsqueeze(2)
        weights = torch.where(there, products, -torch.inf).softmax(-1).amax(2, keepdim=True)
        return torch.where(there, weights, -torch.inf)

    def retrieve(self, scores: Tensor) -> Selection:
        """Chunks [batch, kv_heads, 1, token_budget // chunk]."""
        return best(scores, self.best)

    def apply(self, query: Tensor, selection: Selection) -> Tensor:
        """[batch, heads, 1, head_dim]."""
        places = (selection.indices[..., None] * self.chunk + self.counted(self.chunk)).flatten(2)
        batch = self.counted(self.size.batch)[:, None, None]
        keys = rotate_halves(self.left[batch, places] @ self.right, self.cos[places], self.sin[places])
        values = self.prompt_values[batch, self.counted(self.size.kv_heads)[:, None], places]
        outliers = self.counted(self.outlier_keys.shape[2]) < self.exact.sum(-1, keepdim=True) * self.chunk
        recent = self.counted(self.keys.shape[2]) < self.length - self.compressed
        chosen = selection.valid[..., None].expand(*selection.valid.shape, self.chunk).flatten(2)
        valid = torch.cat((chosen, outliers, recent.expand(*outliers.shape[:2], -1)), 2)
        return attend(
            query,
            torch.cat((keys, self.outlier_keys, self.keys), 2).unsqueeze(2),
            torch.cat((values, self.outlier_values, self.values), 2).unsqueeze(2),
            valid.unsqueeze(2),
        )

    def _landmarks(self, keys: Tensor, values: Tensor) -> None:
        """Of rotated keys and values in chunks, [batch, kv_heads, chunks, chunk, head_dim]."""
        chunks = keys.shape[2]
        landmarks = keys.mean(3)
        alike = F.cosine_similarity(landmarks.unsqueeze(3), keys, -1).amin(-1)
        outliers = alike.topk(min(self.outliers, chunks), largest=False).indices
        self.landmarks[:, :, :chunks] = landmarks.to(self.landmarks.dtype)
        self.exact.scatter_(2, outliers, True)
        whole = outliers[..., None, None].expand(-1, -1, -1, *keys.shape[3:])
        for rows, kept in ((keys, self.outlier_keys), (values, self.outlier_values)):
            exact = rows.gather(2, whole).flatten(2, 3)
            kept[:, :, : exact.shape[2]] = exact.to(kept.dtype)

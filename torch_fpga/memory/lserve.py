"""LServe: streaming heads, and pages by the bounds of their parts. Yang et al., "LServe: Efficient Long-sequence LLM
Serving with Unified Sparse Attention", MLSys 2025 (arXiv 2502.14866), and its code (mit-han-lab/omniserve)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.bounds import Bounds
from torch_fpga.memory.keys_values import CacheSize, attend
from torch_fpga.memory.selection import Selection, best
from torch_fpga.steps import step


class LServe(Bounds):
    """Attention of one token: some heads to the first and the last tokens, the others to the pages that score best.

    - prepare: of each logical page, a part of a page, the bounds of its keys. Streaming heads keep nothing but the
      first ``sink`` and the last ``local`` tokens.
    - relevancy, for each of the other heads: the score of a page is the largest of its logical pages.
    - retrieve: the ``max(3, token_budget // page)`` best pages, for each head its own, the newest always among them.
      The selection is kept, and ``memory(query, keys, values, reselect=False)`` takes the one that was: as published,
      where ``due`` says that no new one is due.
    - apply: attention over the tokens of these pages; of streaming heads over what they keep.

    Keys and values are in the type of the cache; the 4 and 8 bits of the published system are not part of this.

    Attributes:
        keys, values, bounds: of the key heads that are not streaming, in their order.
        recent_keys, recent_values: [batch, streaming heads, sink + local + 1, head_dim]; behind the first tokens a ring
            of the last ones. The last row takes what is overwritten at once.
        chosen, chosen_valid: [batch, heads, 1, pages - 1], the kept selection, without the newest page.
        pages: pages of a selection.
    """

    recent_keys: Tensor
    recent_values: Tensor
    chosen: Tensor
    chosen_valid: Tensor
    paged: Tensor
    streams: Tensor
    order: Tensor

    def __init__(
        self,
        size: CacheSize,
        *,
        streaming: Sequence[int],
        page: int = 64,
        logical_page: int = 16,
        token_budget: int = 4096,
        sink: int = 128,
        local: int = 256,
        interval: int = 4,
    ) -> None:
        """``streaming``: the key heads that are; published are half of them, as DuoAttention found them in a model.

        Raises:
            UserError: no head is left for pages, a head is none of the cache's, ``logical_page`` does not divide
                ``page``, or a number is below 1.
        """
        paged = [head for head in range(size.kv_heads) if head not in streaming]
        if not streaming or not paged or not set(streaming) < set(range(size.kv_heads)):
            raise UserError(
                f"streaming key heads {list(streaming)} of {size.kv_heads}", hint="name some of them, and not all"
            )
        if min(page, logical_page, sink, local, interval) < 1 or page % logical_page:
            raise UserError(
                f"page={page}, logical_page={logical_page}, sink={sink}, local={local}, interval={interval}",
                hint="all are 1 or more; logical_page divides page",
            )
        group = size.heads // size.kv_heads
        cached = dataclasses.replace(size, heads=len(paged) * group, kv_heads=len(paged))
        super().__init__(cached, page, logical_page)
        self.asked, self.sink, self.local, self.interval = size, sink, local, interval
        self.pages = min(max(3, token_budget // page), self.blocks)
        streams = sorted(set(streaming))
        shape = (size.batch, len(streams), sink + local + 1, size.head_dim)
        self.hold("recent_keys", shape, size.dtype, size.device)
        self.hold("recent_values", shape, size.dtype, size.device)
        shape = (size.batch, cached.heads, 1, self.pages - 1)
        self.hold("chosen", shape, torch.int64, size.device)
        self.hold("chosen_valid", shape, torch.bool, size.device)
        order = torch.tensor([*paged, *streams]).argsort()
        for name, heads in (("paged", torch.tensor(paged)), ("streams", torch.tensor(streams)), ("order", order)):
            self.register_buffer(name, heads.to(size.device), persistent=False)

    def due(self, position: int) -> bool:
        """Whether a new selection is due for the token at ``position``: for every ``interval``-th."""
        return position % self.interval == 0

    def forward(self, query: Tensor, *entries: Tensor, reselect: bool = True) -> Tensor:
        """[batch, heads, 1, head_dim] to the same; with ``reselect=False`` nothing is scored."""
        self.check(query)
        if entries:
            self.prepare(*entries)
        if reselect:
            self.keep(self.retrieve(self.relevancy(query)))
        return self.apply(query, self.kept())

    def prepare(self, keys: Tensor, values: Tensor) -> None:
        """Keys (rotated) and values of the next tokens, [batch, kv_heads, tokens, head_dim] each, of all heads."""
        tokens = keys.shape[2]
        places = self.places(tokens)
        kept = (places < self.sink) | (places >= self.length + tokens - self.local)
        rows = torch.where(places < self.sink, places, self.sink + (places - self.sink) % self.local)
        rows = torch.where(kept, rows, self.sink + self.local)
        self.recent_keys.index_copy_(2, rows, keys.index_select(1, self.streams).to(self.recent_keys.dtype))
        self.recent_values.index_copy_(2, rows, values.index_select(1, self.streams).to(self.recent_values.dtype))
        super().prepare(keys.index_select(1, self.paged), values.index_select(1, self.paged))

    def relevancy(self, query: Tensor) -> Tensor:
        """[batch, heads, 1, head_dim] to float32 scores [batch, heads that do not stream, 1, blocks]."""
        return super().relevancy(self._of(query, self.paged))

    def retrieve(self, scores: Tensor) -> Selection:
        """Pages [batch, heads that do not stream, 1, pages - 1], without the newest."""
        newest = self.counted(self.blocks) == self.newest(1)[:, None]
        return best(torch.where(newest, -torch.inf, scores), self.pages - 1)

    @step("retrieve")
    def keep(self, selection: Selection) -> None:
        """Keeps what ``retrieve`` gave for the tokens that follow; 0 for what is not valid."""
        self.chosen.copy_(torch.where(selection.valid, selection.indices, 0))
        self.chosen_valid.copy_(selection.valid)

    @step("retrieve")
    def kept(self) -> Selection:
        """The pages that were kept."""
        return Selection(self.chosen, self.chosen_valid)

    def apply(self, query: Tensor, selection: Selection) -> Tensor:
        """[batch, heads, 1, head_dim]; the newest page is attended to as well."""
        paged = self.attend(self._of(query, self.paged), self.with_newest(selection))
        rows = self.recent_keys.shape[2] - 1
        keys, values = (part[:, :, None, :rows] for part in (self.recent_keys, self.recent_values))
        there = (self.counted(rows) < self.length).expand(*keys.shape[:4])
        streaming = attend(self._of(query, self.streams), keys, values, there)
        kv_heads = torch.cat((paged, streaming), 1).unflatten(1, (self.asked.kv_heads, -1))
        return kv_heads.index_select(1, self.order).flatten(1, 2)

    def _of(self, query: Tensor, kv_heads: Tensor) -> Tensor:
        """The heads of a query that read these key heads."""
        return query.unflatten(1, (self.asked.kv_heads, -1)).index_select(1, kv_heads).flatten(1, 2)

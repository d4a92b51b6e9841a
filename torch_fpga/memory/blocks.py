"""A KV cache in blocks of consecutive tokens, which are scored and selected as a whole."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_fpga.errors import UserError
from torch_fpga.memory.keys_values import CacheSize, KeysValues, attend
from torch_fpga.memory.selection import Selection


class Blocks(KeysValues):
    """Keys and values in blocks of ``block`` tokens, of which the last may be incomplete.

    Attributes:
        block: tokens of a block.
        blocks: blocks that there is room for.
    """

    def __init__(self, size: CacheSize, block: int) -> None:
        if block < 1:
            raise UserError(f"blocks of {block} tokens", hint="a block has 1 token or more")
        blocks = -(-size.capacity // block)
        super().__init__(size, room=blocks * block)
        self.block, self.blocks = block, blocks

    def written(self, rows: Tensor, tokens: int, part: int) -> tuple[Tensor, Tensor, Tensor]:
        """The parts of ``part`` tokens, a divisor of the block, that the last ``tokens`` tokens are in.

        They are as many as these can be at most, so the last part of all may stand there several times.

        Args:
            rows: keys or values, [batch, kv_heads, room, head_dim].

        Returns:
            Their numbers, int64 [m]; their rows, [batch, kv_heads, m, part, head_dim]; and which of these are there,
            bool [m, part, 1].
        """
        most = (tokens + part - 2) // part + 1
        first = (self.length - tokens) // part
        numbers = (first + self.counted(most)).clamp(max=self.blocks * self.block // part - 1)
        there = numbers[:, None] * part + self.counted(part) < self.length
        return numbers, rows.unflatten(2, (-1, part))[:, :, numbers], there[..., None]

    def begun(self, positions: Tensor) -> Tensor:
        """bool [tokens, blocks]: the blocks that have a token at or before each position."""
        return self.counted(self.blocks) * self.block <= positions[:, None]

    def newest(self, tokens: int) -> Tensor:
        """int64 [tokens]: the blocks that the last ``tokens`` tokens are in; negative where there is no such token."""
        return torch.div(self.positions(tokens), self.block, rounding_mode="floor")

    def with_newest(self, chosen: Selection) -> Selection:
        """``chosen`` [batch, shared, tokens, k] and behind it the block that each token itself is in, once."""
        newest = self.newest(chosen.indices.shape[2])[:, None].expand(*chosen.indices.shape[:3], 1)
        return Selection(
            torch.cat((chosen.indices, newest.clamp(min=0)), -1),
            torch.cat((chosen.valid & (chosen.indices != newest), newest >= 0), -1),
        )

    def attend(self, query: Tensor, selection: Selection) -> Tensor:
        """Attention of each token to the tokens up to itself in its selected blocks.

        Args:
            query: [batch, heads, tokens, head_dim].
            selection: of blocks, [batch, shared, tokens, k]; ``shared`` are the heads or the key heads.

        Returns:
            [batch, heads, tokens, head_dim].
        """
        indices, valid = selection
        batch = self.counted(self.size.batch)[:, None, None, None]
        head = self.key_head(indices.shape[1])[:, None, None]
        keys, values = (
            rows.unflatten(2, (-1, self.block))[batch, head, indices].flatten(3, 4) for rows in (self.keys, self.values)
        )
        places = indices[..., None] * self.block + self.counted(self.block)
        there = valid[..., None] & (places <= self.positions(query.shape[2])[:, None, None])
        return attend(query, keys, values, there.flatten(3))


def one_token(query: Tensor, memory: KeysValues) -> None:
    """Raises UserError for a query of several tokens, where a method is defined for a step of decoding alone."""
    if query.shape[2] != 1:
        raise UserError(
            f"a query of {query.shape[2]} tokens; this method answers one at a time",
            op=type(memory).__name__,
            hint="prepare the tokens of a prompt, attend to them densely, and ask from the next token on",
        )

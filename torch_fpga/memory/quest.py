"""Quest: pages of keys by the bounds of their elements. Tang et al., "Quest: Query-Aware Sparsity for Efficient
Long-Context LLM Inference", ICML 2024 (arXiv 2406.10774), and its evaluation code (mit-han-lab/Quest)."""

from __future__ import annotations

from torch import Tensor

from torch_fpga.memory.bounds import Bounds
from torch_fpga.memory.keys_values import CacheSize
from torch_fpga.memory.selection import Selection, best


class Quest(Bounds):
    """Attention of one token to the pages with the largest possible score.

    - prepare: of each page p the bounds ``K_p^max[d]``, ``K_p^min[d]`` of its keys.
    - relevancy, for each head: ``s_p = sum_d max(q[d] K_p^max[d], q[d] K_p^min[d])`` (algorithm 1 of the paper).
    - retrieve: the ``max(3, token_budget // page)`` best pages, for each head its own.
    - apply: attention over the tokens of these pages.

    Attributes:
        pages: pages of a selection.
    """

    def __init__(self, size: CacheSize, *, page: int = 16, token_budget: int = 1024) -> None:
        """The defaults are those of the evaluation code. It keeps the first two layers of a model dense."""
        super().__init__(size, page, part=page)
        self.pages = min(max(3, token_budget // page), self.blocks)

    def retrieve(self, scores: Tensor) -> Selection:
        """Pages [batch, heads, 1, pages]."""
        return best(scores, self.pages)

    def apply(self, query: Tensor, selection: Selection) -> Tensor:
        """[batch, heads, 1, head_dim]."""
        return self.attend(query, selection)

"""By the model: the main job's search on a card against what a GPU would do, the same search and the plain one.

Nothing runs: the figures are those of ``torch_fpga.explain`` for a U55C beside an MI210.
"""

from __future__ import annotations

import torch

import torch_fpga
from examples.semantic_search.search import TOP, SemanticSearch
from torch_fpga.report import units
from torch_fpga.report.data import CostReport
from torch_fpga.report.summary import totals

SIZES = (18_454, 200_000, 1_000_000)


class PlainSearch(torch.nn.Module):
    """The search of a GPU alone: the whole index in float32, no int8 codes."""

    index: torch.Tensor

    def __init__(self, index: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("index", index)

    def forward(self, query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        values, indices = torch.topk(self.index @ query, TOP)
        return values, indices, torch.softmax(values, dim=0) @ self.index[indices]


def cost(model: torch.nn.Module, placement: str) -> tuple[CostReport, float]:
    """What a call costs, and its time as placed."""
    with torch.no_grad():
        (graph,) = torch_fpga.explain(model.eval(), torch.zeros(384), placement=placement).graphs
    assert graph.cost is not None
    return graph.cost, totals(graph).split_us


def main() -> None:
    print("\n== the main job's search, by the model, MI210 and U55C; time and energy of a call")
    for rows in SIZES:
        index = torch.ones(rows, 384)
        (ours, split_us), (plain, _) = cost(SemanticSearch(index), "fpga"), cost(PlainSearch(index), "gpu")
        sides = {
            "int8, then float32, with a card": (split_us, ours.split_uj),
            "the same on the GPU as stock PyTorch launches it": (ours.stock_us, ours.stock_uj),
            "the same on the GPU at its best": (ours.best_us, ours.best_uj),
            "float32 on the GPU as stock PyTorch launches it": (plain.stock_us, plain.stock_uj),
            "float32 on the GPU at its best": (plain.best_us, plain.best_uj),
        }
        print(f"   {rows:,} passages")
        for name, (time, energy) in sides.items():
            print(f"      {name:50} {units.time(time):>8}  {units.energy(energy):>8}")


if __name__ == "__main__":
    main()

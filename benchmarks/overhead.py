"""What a call of the compiled module costs beyond its regions."""

from __future__ import annotations

import statistics
import time

import torch

import torch_fpga
from benchmarks.measure import header, verdict


class Step(torch.nn.Module):
    """A dense layer over 32 tokens, then a lookup in a resident index: a dense region and an FPGA region."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = torch.nn.Linear(64, 64)
        self.register_buffer("index", torch.randn(16384, 64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.index @ torch.tanh(self.encode(x)).mean(0)
        best, where = torch.topk(scores, 8)
        return torch.softmax(best, 0) @ self.index[where]


def main() -> None:
    torch.set_num_threads(1)
    header("overhead: a compiled call beyond its regions")
    model, x = Step().eval(), torch.randn(32, 64)
    inside = [0.0]

    def count(run):  # type: ignore[no-untyped-def]
        def timed(*tensors):  # type: ignore[no-untyped-def]
            start = time.perf_counter()
            result = run(*tensors)
            inside[0] += time.perf_counter() - start
            return result

        return timed

    from torch_fpga import backend

    plain = backend._Compiler.build

    def build(self, whole, pieces, device, report):  # type: ignore[no-untyped-def]
        plain(self, whole, pieces, device, report)
        for piece in pieces:
            name = str(piece.node.target)
            whole.__dict__[name] = count(whole.__dict__[name])

    backend._Compiler.build = build  # type: ignore[method-assign]
    compiled = torch.compile(model, backend="fpga", options={"min_partition_gain": 1.0, "device": "emulation"})
    with torch.no_grad():
        for _ in range(200):
            compiled(x)
        beyond = []
        for _ in range(3000):
            inside[0] = 0.0
            start = time.perf_counter()
            compiled(x)
            beyond.append(time.perf_counter() - start - inside[0])
    report = torch_fpga.last_report()
    regions = len(report.graphs[-1].regions) if report else 0
    print(f"   {regions} region(s); beyond them a call takes {verdict(statistics.median(beyond) * 1e6, 30, ' us')}")


if __name__ == "__main__":
    main()

"""What a call of the compiled module costs beyond its regions, beside what PyTorch takes to call them at all."""

from __future__ import annotations

import statistics
import time

import torch

import torch_fpga
from benchmarks.measure import header, verdict
from torch_fpga.compiler.region_code import Linking


class Step(torch.nn.Module):
    """A dense layer over 32 tokens, then a lookup in a resident index: a dense region and an FPGA region."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.encode = torch.nn.Linear(64, 64)
        self.register_buffer("index", torch.randn(rows, 64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.index @ torch.tanh(self.encode(x)).mean(0)
        best, where = torch.topk(scores, 8)
        return torch.softmax(best, 0) @ self.index[where]


class Regions:
    """Wraps the callables of a graph's regions: ``seconds`` spent in them, and the inputs they last got."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.last: dict[str, tuple] = {}  # type: ignore[type-arg]
        plain = Linking.function

        def function(linking, runs):  # type: ignore[no-untyped-def]
            return plain(linking, {name: self.count(name, run) for name, run in runs.items()})

        Linking.function = function  # type: ignore[method-assign]

    def count(self, name, run):  # type: ignore[no-untyped-def]
        def timed(*tensors):  # type: ignore[no-untyped-def]
            start = time.perf_counter()
            result = run(*tensors)
            self.seconds += time.perf_counter() - start
            self.last[name] = (timed, tensors)
            return result

        return timed

    def beyond(self, call, x) -> float:  # type: ignore[no-untyped-def]
        """Microseconds of a call outside the regions, the median of 3,000."""
        for _ in range(200):
            call(x)
        found = []
        for _ in range(3000):
            self.seconds = 0.0
            start = time.perf_counter()
            call(x)
            found.append(time.perf_counter() - start - self.seconds)
        return statistics.median(found) * 1e6


def measure(rows: int) -> None:
    torch._dynamo.reset()
    regions, x = Regions(), torch.randn(32, 64)
    model = Step(rows).eval()
    compiled = torch.compile(model, backend="fpga", options={"device": "emulation"})
    compiled(x)
    report = torch_fpga.last_report()
    assert report is not None
    pieces = list(regions.last.values())

    def bare(*_):  # type: ignore[no-untyped-def]
        for run, tensors in pieces:
            result = run(*tensors)
        return (result,)

    # Nothing but Dynamo's own way to a compiled function, which calls the same regions.
    floor = torch.compile(Step(rows).eval(), backend=lambda graph, inputs: bare)
    ours, theirs = zip(*((regions.beyond(compiled, x), regions.beyond(floor, x)) for _ in range(3)), strict=True)
    size = f"{rows * 64 * 4 >> 10} KiB index, {len(report.graphs[-1].regions)} region(s)"
    print(f"   {size}: beyond them a call takes {verdict(statistics.median(ours), 30, ' us')}")
    print(
        f"      a Dynamo backend that calls the same regions and does nothing else: {statistics.median(theirs):.1f} us"
    )


def main() -> None:
    torch.set_num_threads(1)
    header("overhead: a compiled call beyond its regions")
    with torch.no_grad():
        for rows in (2048, 16384):
            measure(rows)


if __name__ == "__main__":
    main()

"""First calls of the main job's compiled module: cold against Inductor, and a fresh process with a warm cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.measure import header, verdict


def first_call(backend: str) -> float:
    """Seconds of the first call in this process, everything it imports included."""
    import torch

    from examples.semantic_search.search import SemanticSearch

    torch.manual_seed(0)
    model = SemanticSearch(load_encoder(), torch.nn.functional.normalize(torch.randn(10_000, 384), dim=-1)).eval()
    ids, mask = torch.randint(0, 30_000, (1, 32)), torch.ones(1, 32, dtype=torch.long)
    start = time.perf_counter()
    with torch.no_grad():
        run = model if backend == "eager" else torch.compile(model, backend=backend)
        run(ids, mask)
    return time.perf_counter() - start


def load_encoder():  # type: ignore[no-untyped-def]
    """The encoder with random weights: what it computes does not matter for what compiling costs."""
    from examples.semantic_search.minilm import MiniLM

    return MiniLM()


def in_new_process(backend: str, caches: str) -> float:
    environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": f"{caches}/inductor", "TORCH_FPGA_CACHE": f"{caches}/fpga"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cold", backend], env=environment, capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    header("first call of the main job's module (10,000 rows), each in a fresh process")
    ratios, cold, warm, eager = [], [], [], []
    inductor = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
            a, b = in_new_process("fpga", ours), in_new_process("inductor", theirs)
            ratios.append(a / b)
            cold.append((a, b))
            warm.append(in_new_process("fpga", ours))
            inductor.append(in_new_process("inductor", theirs))
            eager.append(in_new_process("eager", ours))
    middle = sorted(ratios)[1]
    ours, theirs = sorted(c[0] for c in cold)[1], sorted(c[1] for c in cold)[1]
    print(f"   cold: fpga {ours:.1f} s, Inductor {theirs:.1f} s, ratio {verdict(middle, 1.2, 'x')}")
    more = sorted(w - e for w, e in zip(warm, eager, strict=True))[1]
    print(
        f"   warm cache: fpga {sorted(warm)[1]:.2f} s, Inductor {sorted(inductor)[1]:.2f} s,"
        f" eager {sorted(eager)[1]:.2f} s, more than eager {verdict(more, 3.0, ' s')}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(first_call(sys.argv[1])))
    else:
        main()

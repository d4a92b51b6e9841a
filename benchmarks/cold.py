"""First calls of the main job's compiled modules: cold against Inductor, and a fresh process with a warm cache."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable

from benchmarks.measure import header, verdict


def first_call(backend: str) -> float:
    """Seconds of the first call in this process, everything it imports included.

    The backend "none" runs in eager what Dynamo captured: no backend of torch.compile starts sooner.
    """
    import torch

    from examples.semantic_search.search import SemanticSearch

    torch.manual_seed(0)
    encoder = load_encoder().eval()
    search = SemanticSearch(torch.nn.functional.normalize(torch.randn(10_000, 384), dim=-1)).eval()
    ids, mask = torch.randint(0, 30_000, (1, 32)), torch.ones(1, 32, dtype=torch.long)
    start = time.perf_counter()
    with torch.no_grad():
        use = (lambda graph, _: graph.forward) if backend == "none" else backend
        # As the main job has them: the encoder stays on the GPU, the search goes to the card.
        places = ("gpu", "fpga") if backend == "fpga" else (None, None)
        encode, find = (
            module if backend == "eager" else torch.compile(module, backend=use, options=place and {"placement": place})
            for module, place in zip((encoder, search), places, strict=True)
        )
        find(encode(ids, mask)[0])
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
    header("first calls of the main job's modules (10,000 rows), each in a fresh process")
    ratios, cold, warm, eager, inductor, none = [], [], [], [], [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
            a, b = in_new_process("fpga", ours), in_new_process("inductor", theirs)
            ratios.append(a / b)
            cold.append((a, b))
            warm.append(in_new_process("fpga", ours))
            inductor.append(in_new_process("inductor", theirs))
            none.append(in_new_process("none", ours))
            eager.append(in_new_process("eager", ours))
    ours, theirs = (_middle(seconds) for seconds in zip(*cold, strict=True))
    print(f"   cold: fpga {ours:.1f} s, Inductor {theirs:.1f} s, ratio {verdict(_middle(ratios), 1.0, 'x')}")
    more = _middle([w - e for w, e in zip(warm, eager, strict=True)])
    print(
        f"   warm cache: fpga {_middle(warm):.2f} s, Inductor {_middle(inductor):.2f} s, a backend that does nothing"
        f" {_middle(none):.2f} s, eager {_middle(eager):.2f} s, more than eager {verdict(more, 2.0, ' s')}"
    )


def _middle(values: Iterable[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(first_call(sys.argv[1])))
    else:
        main()

"""The decode step of a 30-layer Llama-like model: its first call, cold and warm, against Inductor's.

Every first call is in a fresh process; a cold one has fresh caches. On a machine that does other work beside, the
seconds of the processor say more than those of the clock; both are of the process and the compilers it runs.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

from benchmarks.measure import header, verdict

# As SmolLM2-135M, with random weights: what it computes does not matter for what compiling costs.
CONFIG = {
    "vocab_size": 49152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "tie_word_embeddings": True,
}


def first_call(backend: str) -> dict[str, float]:
    """Seconds of one token's first call in this process, by the clock and of the processor; and how many kernels."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, StaticCache

    torch.manual_seed(0)
    config = LlamaConfig(**CONFIG)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        caches = [StaticCache(config=config, max_cache_len=256) for _ in range(2)]
        for cache in caches:
            model(torch.arange(8)[None], past_key_values=cache, use_cache=True)
        token = torch.tensor([[5]])
        expected = model(token, past_key_values=caches[0], use_cache=True).logits
        start, used = time.perf_counter(), _processor_seconds()
        run = model if backend == "eager" else torch.compile(model, backend=backend)
        logits = run(token, past_key_values=caches[1], use_cache=True).logits
        took = {"clock": time.perf_counter() - start, "processor": _processor_seconds() - used}
        torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)
    return {**took, **(_kernels() if backend == "fpga" else {})}


def _kernels() -> dict[str, float]:
    import torch_fpga

    report = torch_fpga.last_report()
    assert report is not None
    regions = [region for graph in report.graphs for region in graph.on("fpga")]
    return {"regions": len(regions), "kernels": len({region.kernel_cpp for region in regions})}


def _processor_seconds() -> float:
    """Of this process and of the compilers it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def in_new_process(backend: str, caches: str) -> dict[str, float]:
    environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": f"{caches}/inductor", "TORCH_FPGA_CACHE": f"{caches}/fpga"}
    command = [sys.executable, "-m", "benchmarks.decoder", backend]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    header("first call of a 30-layer decode step, each in a fresh process")
    print(f"   machine load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        for state in ("cold", "warm"):
            a, b = in_new_process("fpga", ours), in_new_process("inductor", theirs)
            for kind in ("clock", "processor"):
                ratio = verdict(a[kind] / b[kind], 1.0, "x")
                print(f"   {state}, {kind}: fpga {a[kind]:.1f} s, Inductor {b[kind]:.1f} s, ratio {ratio}")
        print(f"   {a['regions']:.0f} regions on the FPGA are {a['kernels']:.0f} kernels")
    print(f"   machine load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(first_call(sys.argv[1])))
    else:
        main()

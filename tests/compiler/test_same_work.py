"""The layers of a model are the same work: one kernel for all, whatever they are called and in whatever order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.caches import empty_cache
from tests.kernels import trace
from torch_fpga.compiler import realise
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.lower_once import lowered_once
from torch_fpga.debug import Dump
from torch_fpga.report import GraphReport
from torch_fpga.runtime import build as build_module
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.emulation import Emulation
from torch_fpga.runtime.launch import Launch
from torch_fpga.targets.kernel import kernel_options


class Layer(torch.nn.Module):
    """A row of weights to the FPGA, by way of a selection, and a product that stays."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = torch.nn.Parameter(torch.randn(64, 16))
        self.values = torch.nn.Parameter(torch.randn(64, 16))

    def forward(self, q: torch.Tensor) -> torch.Tensor:
        best, where = torch.topk(self.keys @ q, 4)
        return torch.asinh(torch.softmax(best, 0) @ self.values[where])


class Decoder(torch.nn.Module):
    def __init__(self, layers: int) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, q: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            q = q + layer(q)
        return q


def _graph() -> GraphReport:
    report = torch_fpga.last_report()
    assert report is not None
    return report.graphs[-1]


@pytest.fixture
def inductor(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Inductor is asked to compile."""
    asked: list[str] = []
    really = realise.compile_dense

    def counting(graph, cacheable=False):
        asked.append(graph.code)
        return really(graph, cacheable)

    monkeypatch.setattr(realise, "compile_dense", counting)
    return asked


@pytest.mark.parametrize("device", ["emulation", "sw_emu"])
def test_layers_share_a_kernel(device, inductor, tmp_path, monkeypatch):
    """Each with weights of its own; on sw_emu each with buffers of its own too, before and after weights change."""
    if device == "sw_emu":
        from tests.runtime.probe import emulator

        emulator()  # or skip
    monkeypatch.setenv("TORCHINDUCTOR_AUTOGRAD_CACHE", "0")
    torch.manual_seed(0)
    model, q = Decoder(4).eval(), torch.randn(16)
    options = {"placement": "fpga", "device": device, "cache_dir": empty_cache(tmp_path)}
    with torch.no_grad():
        run = torch.compile(model, backend="fpga", options=options)
        torch.testing.assert_close(run(q), model(q))
        model.layers[2].values.mul_(3.0)
        torch.testing.assert_close(run(2 * q), model(2 * q))
    graph = _graph()
    regions = list(graph.on("fpga"))
    assert not graph.fallbacks
    assert len(regions) >= 4, "one a layer: asinh stays"
    own = [region for region in regions if not region.kernel_of]
    assert len({region.kernel_cpp for region in regions}) == len(own) <= 3, "the first, the last and one for all others"
    shared = [region for region in regions if region.kernel_of]
    for region in shared:
        together = [r for r in regions if region.kernel_of in (r.id, r.kernel_of)]
        assert region.calls == 2
        assert region.kernel_calls == 2 * len(together)
    text = str(torch_fpga.last_report())
    assert f"kernel of {shared[0].kernel_of}, launched {shared[0].kernel_calls} times" in text
    assert f"kernel of {shared[0].kernel_of}, launched" in torch_fpga.last_report().html()
    assert len(inductor) == len(set(inductor)) < len(list(graph.on("gpu"))), "equal dense regions are compiled once"


def test_more_layers_are_not_more_kernels(tmp_path):
    counts, options = [], {"placement": "fpga", "device": "emulation", "cache_dir": empty_cache(tmp_path)}
    for layers in (3, 5):
        torch._dynamo.reset()
        q = torch.randn(16)
        with torch.no_grad():
            torch.compile(Decoder(layers).eval(), backend="fpga", options=options)(q)
        counts.append(len({region.kernel_cpp for region in _graph().on("fpga")}))
    assert counts[0] == counts[1]


def test_two_images_of_one_kernel_take_turns(tmp_path):
    """Its on-chip buffers are static: two launches at once, of two graphs that have it, would mix their rows."""

    def function(x: torch.Tensor) -> torch.Tensor:
        return x.cumsum(-1).t().cumsum(-1)  # the second needs all of the first

    table = torch.randn(200, 64)
    folder = Cache(empty_cache(tmp_path))
    kernel = lowered_once(trace(function, table), "region", Dump(), folder, kernel_options("u55c"))
    built = build_module.build(kernel.name, kernel.source, kernel.signature, folder).result()
    assert re.search(r"static float \w+\[", kernel.source)
    launches = [Launch(Emulation("test").load([built]).kernels[0]) for _ in range(2)]
    wrong: list[str] = []

    def launch(number: int) -> None:
        x = table * (number + 1)
        results = [launches[number](x)[0] for _ in range(300)]
        wrong.extend(f"graph {number}" for y in results if not torch.allclose(y, function(x), rtol=1e-4, atol=1e-3))

    threads = [threading.Thread(target=launch, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


ORDERS = """
import json, sys, torch, torch_fpga
from torch._functorch._aot_autograd.autograd_cache import AOTAutogradCache
from torch_fpga.runtime import build
from torch_fpga.compiler import lower

AOTAutogradCache._get_tmp_dir = classmethod(lambda cls: sys.argv[2])
compiled, lowered = [], []
really, really_lower = build.compile_cpp, lower.lower
build.compile_cpp = lambda *a: (compiled.append(1), really(*a))
lower.lower = lambda *a: (lowered.append(1), really_lower(*a))[1]

functions = {
    "a": lambda x: x.cumsum(-1), "b": lambda x: torch.softmax(x, -1), "c": lambda x: x.topk(3).values,
}
x = torch.randn(4, 8)
with torch.no_grad():
    for name in sys.argv[1]:
        run = torch.compile(functions[name], backend="fpga", options={"placement": "fpga", "device": "emulation"})
        torch.testing.assert_close(run(x), functions[name](x))
names = [graph.name for graph in torch_fpga.last_report().graphs]
notes = sum(bool(graph.notes) for graph in torch_fpga.last_report().graphs)
print(json.dumps({"compiled": len(compiled), "lowered": len(lowered), "names": names, "kept": notes}))
"""


@pytest.mark.parametrize("kept", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_another_order_builds_nothing(tmp_path, monkeypatch, kept):
    """A, B, C in one process and B, C, A in the next: what is kept, lowered and built is found by its work alone."""
    monkeypatch.setenv("TORCH_FPGA_CACHE", empty_cache(tmp_path / "fpga"))
    monkeypatch.setenv("TORCHINDUCTOR_AUTOGRAD_CACHE", str(int(kept)))
    (tmp_path / "orders.py").write_text(ORDERS)

    def run(order: str) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, str(tmp_path / "orders.py"), order, str(tmp_path / "graphs")],
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    first, second = run("abc"), run("bca")
    assert first["lowered"] == 3
    assert (second["compiled"], second["lowered"]) == (0, 0)
    assert second["names"] == ["graph0", "graph1", "graph2"]
    assert second["kept"] == (3 if kept else 0)


def test_the_header_is_compiled_while_the_first_kernel_is_lowered(tmp_path, monkeypatch):
    steps: list[str] = []
    started = threading.Event()
    really = build_module.precompiled

    def precompiled(*arguments):
        steps.append("header")
        started.set()
        return really(*arguments)

    def lower(*arguments):
        assert started.wait(30)
        steps.append("lower")
        return lower_really(*arguments)

    lower_really = Kernels.lower
    monkeypatch.setattr(build_module, "precompiled", precompiled)
    monkeypatch.setattr(Kernels, "lower", lower)
    torch._dynamo.reset()
    monkeypatch.setenv("TORCHINDUCTOR_AUTOGRAD_CACHE", "0")
    options = {"placement": "fpga", "device": "emulation", "cache_dir": str(tmp_path)}
    with torch.no_grad():
        torch.compile(lambda x: x.cumsum(-1), backend="fpga", options=options)(torch.randn(3, 7))
    assert steps[0] == "header"


def test_an_index_error_names_the_line_of_its_own_region():
    """Not that of the region whose kernel it shares."""

    def early(x, i):
        return x[i].sum(-1)

    def late(x, i):
        return x[i].sum(-1)  # a line of its own

    options = {"device": "emulation", "placement": "fpga"}
    x = torch.randn(10, 4)
    for function, line in ((early, "return x[i].sum(-1)"), (late, "a line of its own")):
        torch._dynamo.reset()
        run = torch.compile(lambda x, i, f=function: f(x, i) * 1, backend="fpga", options=options)
        with torch.no_grad(), pytest.raises(IndexError, match=re.escape(line)):
            run(x, torch.tensor([77]))

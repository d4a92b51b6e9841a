"""A graph compiled by an earlier process is taken from PyTorch's cache, whole, unless anything that decides it changed.

In one process ``torch._dynamo.reset`` and a count of graphs that starts again stand for the new process.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys

import pytest
import torch

import torch_fpga
from tests.caches import empty_cache
from torch_fpga import debug
from torch_fpga.compiler import cached, plan, realise, record
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.link import Linker
from torch_fpga.errors import ToolError

OPTIONS = {"placement": "fpga"}


class Search(torch.nn.Module):
    """A dense layer, a top-k, and a row written into a buffer."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.encode = torch.nn.Linear(32, 32)
        self.register_buffer("index", torch.randn(20_000, 32, generator=generator))
        self.register_buffer("seen", torch.zeros(3))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.seen.add_(1)
        best, where = (self.index @ torch.tanh(self.encode(x)).mean(0)).topk(5)
        return best, where


def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    torch._dynamo.reset()
    record.reset()
    monkeypatch.setattr(debug, "_graphs", itertools.count())


@pytest.fixture
def loads(monkeypatch):
    """What was taken from the cache."""
    taken, load = [], cached.CachedGraph.load

    def counted(self):
        run = load(self)
        taken.append(self)
        return run

    monkeypatch.setattr(cached.CachedGraph, "load", counted)
    return taken


@pytest.fixture
def call(monkeypatch, loads):
    """Compiles and calls a module as a new process would; says whether it was taken from the cache."""

    def run(model, *inputs, options=None):
        _new_process(monkeypatch)
        loads.clear()
        compiled = torch.compile(model, backend="fpga", options={"placement": "fpga"} | (options or {}), dynamic=False)
        with torch.no_grad():
            return compiled(*inputs), bool(loads)

    return run


@pytest.fixture
def search():
    return Search().eval(), torch.randn(40, 32)


def test_the_second_process_compiles_nothing(call, search, monkeypatch):
    model, x = search
    first, hit = call(model, x)
    report = torch_fpga.last_report()
    assert not hit
    assert {region.compiled_by for region in report.graphs[-1].regions} == {"inductor", "hls"}

    for module, name in ((plan, "place"), (realise, "compile_dense"), (Kernels, "lower")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("compiled again"))
    again, hit = call(model, x)
    assert hit
    torch.testing.assert_close(again, first, rtol=0, atol=0)
    assert model.seen.tolist() == [2.0] * 3

    kept_report = torch_fpga.last_report()
    assert len(kept_report.graphs) == 1
    graph, before = kept_report.graphs[0], report.graphs[0]
    assert "compiled by an earlier process" in str(kept_report)
    assert (graph.nodes, graph.edges, graph.status) == (before.nodes, before.edges, "ran")
    for now, then in zip(graph.regions, before.regions, strict=True):
        assert (now.id, now.compiled_by, now.fpga_us, now.gpu_us) == (
            then.id,
            then.compiled_by,
            then.fpga_us,
            then.gpu_us,
        )
    assert [r.calls for r in graph.regions if r.device == "fpga"] == [1]
    assert [r.cache_hit for r in graph.regions if r.device == "fpga"] == [True]


def test_what_was_taken_from_the_cache_goes_on_counting(call, search):
    model, x = search
    call(model, x)
    compiled = torch.compile(model, backend="fpga", options={"placement": "fpga"}, dynamic=False)
    _, hit = call(model, x)
    with torch.no_grad():
        for _ in range(3):
            got = compiled(x)
            torch.testing.assert_close(got, model(x))
    assert hit
    assert [r.calls for r in torch_fpga.last_report().graphs[-1].regions if r.device == "fpga"] == [4]


def test_other_options_are_another_graph(call, search):
    call(*search)
    assert not call(*search, options={"min_partition_gain": 1.0})[1]
    assert not call(*search, options={"verify": True})[1]
    assert call(*search)[1]


def test_another_compiler_compiles_again(call, search, monkeypatch):
    call(*search)
    monkeypatch.setattr(cached, "compiler_key", lambda: "another")
    assert not call(*search)[1]


def test_a_line_that_moved_is_reported_where_it_is(call):
    source = "def f(x, k):\n    return (x @ k).topk(3)[0]\n"
    x, k = torch.randn(1, 32), torch.randn(32, 4096)
    places = []
    for text in (source, "\n\n" + source):
        scope: dict = {}
        exec(compile(text, "user.py", "exec"), scope)
        call(scope["f"], x, k, options=OPTIONS)
        places += [node.source.split(":")[1] for node in torch_fpga.last_report().graphs[-1].nodes if node.source][:1]
    assert places == ["2", "4"]


def test_who_looks_at_the_steps_has_them_taken(call, search, monkeypatch, tmp_path):
    call(*search)
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path))
    assert not call(*search)[1]
    assert list(tmp_path.rglob("*capture.py"))


def test_a_kernel_no_longer_on_disk_is_built_again(call, search, tmp_path):
    options = {"cache_dir": empty_cache(tmp_path / "cache")}
    first, _ = call(*search, options=options)
    shutil.rmtree(tmp_path / "cache")
    empty_cache(tmp_path / "cache")
    again, hit = call(*search, options=options)
    assert hit
    torch.testing.assert_close(again, first, rtol=0, atol=0)


def test_a_kernel_that_cannot_be_built_any_more_falls_back(call, search, monkeypatch, tmp_path):
    options = {"cache_dir": empty_cache(tmp_path / "cache")}
    first, _ = call(*search, options=options)
    shutil.rmtree(tmp_path / "cache")

    def no_compiler(*_):
        raise ToolError("no C++ compiler", code="no-compiler")

    monkeypatch.setattr("torch_fpga.runtime.build.toolchain", no_compiler)
    again, hit = call(*search, options=options)
    assert hit
    torch.testing.assert_close(again, first)
    (graph,) = torch_fpga.last_report().graphs
    assert [(f.region, f.reason_code) for f in graph.fallbacks] == [("fpga0", "kernel-failed")]


def test_a_dense_part_that_cannot_be_loaded_is_compiled_again(call, search, monkeypatch):
    first, _ = call(*search)
    monkeypatch.setattr(cached, "load_dense", lambda *_: 1 / 0)
    again, hit = call(*search)
    assert not hit
    torch.testing.assert_close(again, first)
    (graph,) = torch_fpga.last_report().graphs
    assert not graph.fallbacks


def test_a_graph_that_cannot_be_linked_is_compiled_again_and_reported_once(call, search, monkeypatch, caplog):
    first, _ = call(*search)
    link, failures = Linker.link, [RuntimeError("no luck")]

    def failing(self, *arguments):
        if failures:
            raise failures.pop()
        return link(self, *arguments)

    monkeypatch.setattr(Linker, "link", failing)
    again, _ = call(*search)
    torch.testing.assert_close(again, first)
    (graph,) = torch_fpga.last_report().graphs
    assert "place" in [step.name for step in graph.steps]
    assert "cannot be loaded and is compiled anew: no luck" in caplog.text


def test_a_graph_that_fell_back_is_not_kept(call, search, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(torch._inductor, "standalone_compile", lambda *_, **__: 1 / 0)
        first, _ = call(*search)
        assert torch_fpga.last_report().graphs[-1].fallbacks
    again, hit = call(*search)
    assert not hit
    assert not torch_fpga.last_report().graphs[-1].fallbacks
    torch.testing.assert_close(again, first)


def _add_to_one_of_two(a, b):
    a.add_(1)
    return b.topk(3)[0]


@pytest.mark.parametrize(("first", "second"), [(False, True), (True, False)])
def test_inputs_that_share_memory_are_another_graph(call, first, second):
    for shared in (first, second):
        a = torch.arange(8.0)
        got, hit = call(_add_to_one_of_two, a, a.view(8) if shared else torch.arange(8.0), options=OPTIONS)
        assert not hit
        assert got.tolist() == ([8, 7, 6] if shared else [7, 6, 5])


def test_a_graph_with_guards_of_its_capture_is_not_kept():
    graph = torch.fx.symbolic_trace(lambda x: x + 1)
    assert cached.can_be_cached(graph)
    context = torch._guards.TracingContext(torch._subclasses.FakeTensorMode())
    context.guards_context.aotautograd_guards.append(torch._guards.DuplicateInputs("a", "b"))
    with torch._guards.tracing(context):
        assert not cached.can_be_cached(graph)


def test_another_cpu_is_another_graph(call, search, monkeypatch):
    call(*search)
    monkeypatch.setattr(cached, "cpu_tag", lambda: "another")
    assert not call(*search)[1]


def test_an_operator_of_the_user_is_not_kept(call):
    factor = 1

    @torch.library.custom_op("kept_test::scale", mutates_args=())
    def scale(x: torch.Tensor) -> torch.Tensor:
        return x * factor

    scale.register_fake(torch.empty_like)
    x = torch.randn(4, 8)
    for factor in (2, 3):
        got, hit = call(lambda x: scale(x).cumsum(-1), x, options=OPTIONS)
        assert not hit
        torch.testing.assert_close(got, (x * factor).cumsum(-1))


def test_symbolic_sizes_are_not_kept(monkeypatch, loads):
    def f(x):
        return (x * 2).sum(0)

    for rows in (5, 7):
        _new_process(monkeypatch)
        x = torch.randn(rows, 4)
        torch.testing.assert_close(torch.compile(f, backend="fpga", options=OPTIONS, dynamic=True)(x), f(x))
    assert not loads


def test_views_and_constants_of_a_kept_graph(call):
    def f(x):
        y = torch.cumsum(x, 0) + torch.tensor([1.0, 2.0])
        return x[1:], y, y.t()

    x = torch.randn(4, 2)
    call(f, x, options=OPTIONS)
    (view, y, turned), hit = call(f, x, options=OPTIONS)
    assert hit
    assert view.data_ptr() == x[1:].data_ptr()
    assert turned.data_ptr() == y.data_ptr()
    torch.testing.assert_close((view, y, turned), f(x))


@pytest.mark.parametrize("placement", ["fpga", "gpu"])
def test_a_composite_is_taken_from_the_cache(call, placement):
    def f(gate, up):
        return (torch.nn.functional.silu(gate) * up).cumsum(-1)

    gate, up = torch.randn(4, 8), torch.randn(4, 8)
    options = {**OPTIONS, "placement": placement}
    call(f, gate, up, options=options)
    assert "torch_fpga.swiglu.default" in {node.op for node in torch_fpga.last_report().graphs[0].nodes}
    found, hit = call(f, gate, up, options=options)
    assert hit
    torch.testing.assert_close(found, f(gate, up))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.bool])
def test_every_kind_of_number(call, dtype):
    def f(x):
        return torch.where(x > 0, x, x).sum(-1), x.view(-1)

    x = torch.randint(0, 2, (6, 5)).to(dtype)
    call(f, x, options=OPTIONS)
    got, hit = call(f, x, options=OPTIONS)
    assert hit
    torch.testing.assert_close(got, f(x))


def test_verify_on_a_kept_graph(call, search):
    for _ in range(2):
        _, hit = call(*search, options={"verify": True})
    assert hit
    assert [r.gap.outputs for r in torch_fpga.last_report().graphs[-1].regions if r.device == "fpga"] == [2]


SCRIPT = """
import json, sys, torch, torch_fpga
from torch._dynamo.utils import counters
from torch._functorch._aot_autograd.autograd_cache import AOTAutogradCache
AOTAutogradCache._get_tmp_dir = classmethod(lambda cls: sys.argv[1])
from tests.compiler.test_cached import Search
torch.manual_seed(0)
model, x = Search().eval(), torch.randn(40, 32)
with torch.no_grad():
    best, where = torch.compile(model, backend="fpga", options={"placement": "fpga"})(x)
report = torch_fpga.last_report()
print(json.dumps({
    "where": where.tolist(),
    "hits": counters["aot_autograd"]["autograd_cache_hit"],
    "mlir": "torch_mlir" in sys.modules,
    "device": report.device,
    "steps": [step.name for step in report.graphs[-1].steps],
}))
"""


def test_in_a_real_new_process(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_CACHE", empty_cache(tmp_path / "fpga"))
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "graphs")]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    first, second = (json.loads(text.splitlines()[-1]) for text in runs)
    assert (first["hits"], second["hits"]) == (0, 1)
    assert (first["where"], first["device"]) == (second["where"], second["device"])
    assert "place" in first["steps"]
    assert "place" not in second["steps"]
    assert not second["mlir"]


def test_nothing_is_kept_where_others_can_write(call, search, monkeypatch, tmp_path):
    """What lies there are pickles, which run what they say."""
    shared = tmp_path / "inductor"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(shared))
    for _ in range(2):
        _, hit = call(*search)
        assert not hit
    (note,) = [note for note in torch_fpga.last_report().graphs[-1].notes if "PyTorch's cache" in note]
    assert f"chmod -R go-w {shared}" in note
    shared.chmod(0o755)
    assert [call(*search)[1] for _ in range(2)] == [False, True]

"""torch.compile(backend="fpga") as a user meets it: answers equal eager, and the report says what ran."""

from __future__ import annotations

import logging

import pytest
import torch

import torch_fpga
from torch_fpga.passes.fx.pipeline import DIVIDE, RAISE
from torch_fpga.passes.mlir.pipeline import MLIR_PASSES

ALL_FPGA = {"placement": "fpga"}


class Lookup(torch.nn.Module):
    """Encodes 32 tokens densely, then looks their mean up in a resident index."""

    def __init__(self, rows: int = 20_000, cols: int = 64) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.encode = torch.nn.Linear(cols, cols)
        self.register_buffer("index", torch.randn(rows, cols, generator=generator))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        query = torch.tanh(self.encode(x)).mean(0)
        scores = query @ self.index.t()
        best, where = scores.topk(5)
        weights = torch.softmax(best, -1)
        return weights @ self.index[where], where


def _agree(model, *inputs, options=None, **tolerance):
    with torch.no_grad():
        expected = model(*inputs)
        got = torch.compile(model, backend="fpga", options=options)(*inputs)
    torch.testing.assert_close(got, expected, **(tolerance or {"rtol": 1e-4, "atol": 1e-5}))
    return torch_fpga.last_report()


def test_entry_point_needs_no_import():
    assert "fpga" in torch._dynamo.list_backends()


def test_default_options_make_no_call_worse():
    graph = _agree(Lookup().eval(), torch.randn(32, 64)).graphs[-1]
    cost = graph.cost
    split_us = cost.gpu_us + cost.fpga_us + cost.link_us
    assert not (split_us > cost.stock_us and cost.split_uj > cost.stock_uj)
    (topk,) = [node for node in graph.nodes if "topk" in node.op]
    assert topk.reason_code in ("memory-bound", "slower-and-hungrier", "link-cost", "no-gain")
    assert {region.compiled_by for region in graph.regions} <= {"hls", "inductor"}


def test_what_goes_to_the_fpga_is_a_kernel_and_the_rest_is_inductors():
    report = _agree(lambda x: torch.special.erfinv(x).softmax(-1).topk(3), torch.rand(4, 8) * 0.5, options=ALL_FPGA)
    regions = report.graphs[-1].regions
    assert [(region.device, region.compiled_by) for region in regions] == [("gpu", "inductor"), ("fpga", "hls")]
    assert "topk" in regions[1].title
    assert regions[1].calls == 1
    assert "fpga0" in str(report)


@pytest.mark.parametrize("placement", ["memory_bound", "latency", "energy", "fpga", "gpu"])
def test_every_policy_gives_the_same_answer(placement):
    report = _agree(Lookup(500).eval(), torch.randn(32, 64), options={"placement": placement})
    devices = {r.device for r in report.graphs[-1].regions}
    assert "fpga" not in devices if placement == "gpu" else devices


@pytest.mark.parametrize("target", ["u55c", "u280", "v80"])
def test_every_target(target):
    report = _agree(Lookup(500).eval(), torch.randn(32, 64), options={"target": target, **ALL_FPGA})
    assert report.options["target"] == target


def test_unknown_option():
    with pytest.raises(Exception, match="did you mean 'placement'"):
        torch.compile(lambda x: x + 1, backend="fpga", options={"placemnt": "fpga"})(torch.ones(3))


def test_mode_is_refused():
    with pytest.raises(Exception, match="mode='reduce-overhead' is Inductor's"):
        torch.compile(lambda x: x + 1, backend="fpga", mode="reduce-overhead")(torch.ones(3))


def test_verify_reports_the_gap():
    report = _agree(Lookup(500).eval(), torch.randn(32, 64), options={"verify": True, **ALL_FPGA})
    gaps = [r.gap for r in report.graphs[-1].regions if r.device == "fpga"]
    assert gaps
    assert all(gap is not None and gap.outputs > 0 and gap.max_abs < 1e-3 for gap in gaps)


def test_training_equals_eager():
    def grads(run):
        model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Softmax(-1))
        torch.manual_seed(0)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter)
        x = torch.randn(4, 8, requires_grad=True)
        loss = run(model)(x).square().sum()
        loss.backward()
        return loss.detach(), x.grad, [p.grad for p in model.parameters()]

    expected, got = grads(lambda m: m), grads(lambda m: torch.compile(m, backend="fpga", options=ALL_FPGA))
    torch.testing.assert_close(got, expected)
    report = torch_fpga.last_report()
    assert {node.reason_code for node in report.graphs[-1].nodes} == {"training"}
    assert "no_grad" in report.graphs[-1].notes[0]


def test_a_graph_that_leaves_no_gradient_is_inference():
    linear = torch.nn.Linear(16, 4)

    def f(x):
        with torch.no_grad():
            return linear(x).softmax(-1)

    for run in (f, lambda x: linear(x).argmax(-1), lambda x: linear(x).softmax(-1).detach()):
        torch._dynamo.reset()
        x = torch.randn(3, 16)
        got = torch.compile(run, backend="fpga", options=ALL_FPGA)(x)
        torch.testing.assert_close(got, run(x))
        assert not got.requires_grad
        assert [r.device for r in torch_fpga.last_report().graphs[-1].regions] == ["fpga"]


def test_a_gradient_written_into_a_buffer_is_training():
    linear = torch.nn.Linear(4, 4)

    def f(x, buffer):
        y = linear(x)
        buffer.copy_(y)
        return y.detach().sum()

    x, got, expected = torch.randn(3, 4), torch.zeros(3, 4), torch.zeros(3, 4)
    torch.testing.assert_close(torch.compile(f, backend="fpga")(x, got), f(x, expected))
    gradients = [torch.autograd.grad(buffer.sum(), linear.weight)[0] for buffer in (got, expected)]
    torch.testing.assert_close(*gradients)


class Cache(torch.nn.Module):
    """Writes a row into a buffer, then attends over all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("keys", torch.zeros(64, 32))

    def forward(self, x: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
        old = self.keys.sum(0)
        self.keys.index_copy_(0, position, x)
        best, where = (self.keys @ x[0]).topk(4)
        return best.softmax(0) @ self.keys[where] + old


@pytest.mark.parametrize("placement", ["fpga", "gpu", "memory_bound"])
def test_buffers_are_written_in_place(placement):
    eager, compiled_model = Cache(), Cache()
    compiled = torch.compile(compiled_model, backend="fpga", options={"placement": placement})
    address = compiled_model.keys.data_ptr()
    with torch.no_grad():
        for step in range(5):
            x, position = torch.randn(1, 32), torch.tensor([step])
            torch.testing.assert_close(compiled(x, position), eager(x, position))
            torch.testing.assert_close(compiled_model.keys, eager.keys)
    assert compiled_model.keys.data_ptr() == address


def test_an_input_is_written_in_place():
    def f(cache, x):
        cache.mul_(2)
        cache[1].add_(x)
        return cache.softmax(-1), cache

    a, b, x = torch.ones(3, 8), torch.ones(3, 8), torch.arange(8.0)
    with torch.no_grad():
        got = torch.compile(f, backend="fpga", options=ALL_FPGA)(a, x)
        torch.testing.assert_close(got, f(b, x))
    torch.testing.assert_close(a, b)
    assert got[1].data_ptr() == a.data_ptr()


def _views_of_what_it_returns(x):
    y = x.exp()
    return y, y[0], y.t()[1:], y.t().diagonal(), y.split(2)[1], y[0].softmax(-1)


def _views_of_what_it_keeps(x):
    y = x @ x.t()
    return y[0], y[:2], y.softmax(-1).topk(2).values


def _views_of_its_input(x):
    return x[1], x.t(), x[1].softmax(-1), x.detach()


@pytest.mark.parametrize("placement", ["fpga", "gpu", "memory_bound"])
@pytest.mark.parametrize("function", [_views_of_what_it_returns, _views_of_what_it_keeps, _views_of_its_input])
def test_results_that_share_memory_share_it(function, placement):
    def written(run):
        x = torch.arange(25.0).reshape(5, 5) / 10
        results = run(x)
        results[0][1:] = 7.0
        return x, *results

    compiled = torch.compile(function, backend="fpga", options={"placement": placement})
    with torch.no_grad():
        torch.testing.assert_close(written(compiled), written(function))


class Grown(torch.nn.Module):
    """Makes a cache and a view of it, and writes the cache where Dynamo's next graph begins."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        cache = torch.cat([x, x.softmax(-1)])
        head = cache[:2]
        torch._dynamo.graph_break()
        cache[0] = 7.0
        cache.mul_(2)
        return head + 0, cache


def test_a_view_sees_what_a_later_graph_writes():
    _agree(Grown(), torch.randn(3, 4), options=ALL_FPGA)


def test_graph_breaks():
    def f(x):
        y = x.softmax(-1)
        if y.sum() > 0:  # a branch on data
            y = y.cumsum(-1)
        torch._dynamo.graph_break()
        return y.topk(3).values

    report = _agree(f, torch.randn(4, 9), options=ALL_FPGA)
    assert len(report.graphs) >= 2


def test_shapes_change_between_calls():
    def f(x, w):
        return (x @ w).softmax(-1), x.sum(0), x.topk(2, 0).indices

    compiled = torch.compile(f, backend="fpga", options=ALL_FPGA)
    w = torch.randn(16, 8)
    with torch.no_grad():
        for rows in (4, 7, 3, 12, 4):
            x = torch.randn(rows, 16)
            torch.testing.assert_close(compiled(x, w), f(x, w))
    _, second = torch_fpga.last_report().graphs
    assert {node.device for node in second.nodes} == {"fpga"}
    assert {region.calls for region in second.on("fpga")} == {4}


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: torch.nn.functional.linear(x, w).softmax(-1),
        lambda x, w: torch.addmm(w[0], x, w.t()) @ w,
        lambda x, w: torch.nn.functional.rms_norm(x * w[0], (16,), w[0], 1e-5),
        lambda x, w: torch.nn.functional.scaled_dot_product_attention(x[None, None], w[None, None], w[None, None]),
        lambda x, w: torch.cat([x, w]).to(torch.float16) @ w[0].half(),
    ],
)
def test_a_dynamic_size_stays_dynamic(function):
    compiled, w = torch.compile(function, backend="fpga", options=ALL_FPGA), torch.randn(16, 16)
    x = torch.randn(5, 16)
    torch._dynamo.mark_dynamic(x, 0)
    with torch.no_grad():
        for given in (x, *(torch.randn(rows, 16) for rows in (9, 2, 16, 33))):
            torch.testing.assert_close(compiled(given, w), function(given, w), rtol=1e-3, atol=1e-3)
    assert len(torch_fpga.last_report().graphs) == 1


def test_sizes_that_change_take_two_graphs():
    model = torch.nn.Linear(8, 6)
    compiled = torch.compile(model, backend="fpga")
    with torch.no_grad():
        for rows in range(2, 14):
            x = torch.randn(rows, 8)
            torch.testing.assert_close(compiled(x), model(x))
    assert len(torch_fpga.last_report().graphs) == 2


def test_strides_change_between_calls():
    compiled = torch.compile(lambda x: x.cumsum(-1), backend="fpga", options=ALL_FPGA)
    x = torch.randn(6, 6)
    with torch.no_grad():
        for y in (x, x.t(), torch.randn(6, 12)[:, ::2], x[:1].expand(6, 6)):
            torch.testing.assert_close(compiled(y), y.cumsum(-1))


def test_explain_builds_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(tmp_path / "cache"))
    with torch.no_grad():
        report = torch_fpga.explain(Lookup(500).eval(), torch.randn(32, 64), placement="fpga")
    assert report.graphs[0].status == "planned"
    assert not list((tmp_path / "cache").rglob("*.so")), "kernels are lowered and judged, not built"
    assert torch_fpga.last_report() is None
    assert any(region.device == "fpga" for region in report.graphs[0].regions)
    report.save_html(tmp_path / "report.html")
    assert "<svg" in (tmp_path / "report.html").read_text()


def test_reasons_name_the_users_line():
    def f(x):
        return torch.special.erfinv(x).softmax(-1)

    report = _agree(f, torch.rand(4, 8) * 0.5, options=ALL_FPGA)
    node = next(n for n in report.graphs[-1].nodes if "erfinv" in n.op)
    assert node.reason_code == "unsupported-op"
    assert node.source.startswith("test_backend.py:")
    assert "erfinv" in node.source


def test_dump_has_a_numbered_file_for_each_step(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path))
    _agree(Lookup(500).eval(), torch.randn(32, 64), options=ALL_FPGA)
    names = sorted(path.name for path in next(tmp_path.iterdir()).iterdir())
    assert [name[:2] for name in names] == [f"{i:02d}" for i in range(len(names))]
    passes = [step.__name__ for step in (*RAISE, *DIVIDE, *MLIR_PASSES.values())]  # a pass and its dump have one name
    for step in ("capture", "place", "split", "import_torch", *passes, "kernel"):
        assert any(name.rpartition(".")[0].endswith(f"_{step}") for name in names), (step, names)


def test_dump_has_an_onnx_file_for_each_dense_piece(tmp_path, monkeypatch):
    import onnx

    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path))
    _agree(Lookup().eval(), torch.randn(32, 64))
    files = list(tmp_path.rglob("*.onnx"))
    assert files
    for file in files:
        onnx.checker.check_model(onnx.load(file))


def test_debug_levels_say_more_and_more(monkeypatch, capfd):
    lengths = []
    for level in "0123":
        torch._dynamo.reset()
        monkeypatch.setenv("TORCH_FPGA_DEBUG", level)
        _agree(Lookup(500).eval(), torch.randn(32, 64), options=ALL_FPGA)
        lengths.append(len(capfd.readouterr().err))
    assert lengths[0] < lengths[1] < lengths[2] < lengths[3]


def test_debug_level_that_is_none(monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_DEBUG", "loud")
    with pytest.raises(Exception, match="not a number from 0 to 5"):
        torch.compile(lambda x: x + 1, backend="fpga")(torch.ones(3))


def test_logs_go_to_the_logger(caplog):
    with caplog.at_level(logging.DEBUG, logger="torch_fpga"):
        _agree(lambda x: x.softmax(-1), torch.randn(3, 5), options=ALL_FPGA)
    assert any("mem_to_hls" in record.message for record in caplog.records)


def test_explain_as_often_as_asked():
    model = torch.nn.Linear(4, 4)
    for _ in range(10):
        assert torch_fpga.explain(model, torch.ones(2, 4)).graphs

"""An error of any step names the user's line: of the op that was being worked on, or the lines of its region."""

from __future__ import annotations

import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed

import torch_fpga
from tests.caches import empty_cache
from torch_fpga.compiler import link, lower, plan, stamped
from torch_fpga.errors import FpgaError, OutOfRangeError, ToolError, UserError
from torch_fpga.passes.fx import estimate, policies, sink_views, split
from torch_fpga.passes.mlir.pipeline import TO_KERNEL
from torch_fpga.runtime import build
from torch_fpga.runtime.launch import Launch

OPTIONS = {"placement": "fpga", "device": "emulation"}
FIRST, SECOND = "y = x.cumsum(-1)  # the first line", "return y.topk(3)[0]  # the second line"


def model(x: torch.Tensor) -> torch.Tensor:
    y = x.cumsum(-1)  # the first line
    return y.topk(3)[0]  # the second line


def _fail(*_, **__):
    raise UserError("no luck", hint="try again")


def _fail_at_second(node, *_, **__):
    """Fails for what the second line calls, and passes on what the steps need to come so far."""
    if isinstance(node, torch.fx.Node) and "topk" in str(node.target):
        raise UserError("no luck", hint="try again")


def _run(cache) -> None:
    torch.compile(model, backend="fpga", options={**OPTIONS, "cache_dir": empty_cache(cache)}, dynamic=False)(
        torch.randn(4, 8)
    )


@pytest.fixture
def fails(monkeypatch):
    def at_second(module, name):
        real = getattr(module, name)

        def fail(node, *rest, **named):
            _fail_at_second(node)
            return real(node, *rest, **named)

        monkeypatch.setattr(module, name, fail)

    return at_second


@pytest.mark.parametrize(
    ("module", "name"),
    [(estimate, "work_of"), (estimate, "unsupported"), (sink_views, "is_alias")],
    ids=["raise", "support", "divide"],
)
def test_a_pass_on_the_graph_names_the_op_and_its_line(module, name, fails, tmp_path):
    fails(module, name)
    with pytest.raises(BackendCompilerFailed) as failed:
        _run(tmp_path)
    error = failed.value.inner_exception
    assert isinstance(error, UserError)
    assert error.op == "aten.topk.default"
    assert str(error).splitlines() == [error.source, "aten.topk.default: no luck", "what to do: try again"]
    assert error.source.startswith("test_stamped.py:")
    assert error.source.endswith(SECOND)


def test_placement_names_the_line_of_the_super_node(monkeypatch, tmp_path):
    monkeypatch.setattr(policies.Policy, "_cost", lambda self, problem, node: _fail())
    with pytest.raises(BackendCompilerFailed) as failed:
        _run(tmp_path)
    assert failed.value.inner_exception.source.endswith(FIRST)


def test_explain_names_the_line_too(fails):
    fails(estimate, "work_of")
    with pytest.raises(BackendCompilerFailed, match="the second line"):
        torch_fpga.explain(model, torch.randn(4, 8), **OPTIONS)


def test_an_error_about_no_op_names_no_line(monkeypatch, tmp_path):
    """What is left over from a loop is not what failed."""
    for module, name in ((plan, "device_of"), (split, "_order")):
        with monkeypatch.context() as broken:
            broken.setattr(module, name, _fail)
            with pytest.raises(BackendCompilerFailed) as failed:
                _run(tmp_path / name)
            assert failed.value.inner_exception.source is None


def _fallback(monkeypatch, cache) -> str:
    with torch.no_grad():
        _run(cache)
    (row,) = torch_fpga.last_report().graphs[-1].fallbacks
    return row.error


LOWERING = [(lower, "explicit_types"), (lower, "import_torch"), (lower, "print_kernel")]


@pytest.mark.parametrize(("module", "name"), LOWERING, ids=[name for _, name in LOWERING])
def test_lowering_names_the_lines_of_the_region(module, name, monkeypatch, tmp_path):
    monkeypatch.setattr(module, name, _fail)
    assert [line.partition(": ")[2] for line in _fallback(monkeypatch, tmp_path).splitlines()[:2]] == [FIRST, SECOND]


@pytest.mark.parametrize("number", range(len(TO_KERNEL)), ids=lambda number: f"{number}_{TO_KERNEL[number].__name__}")
def test_every_pass_on_mlir_names_the_line_of_the_op_it_was_given(number, monkeypatch, tmp_path):
    """The op of the second line, in whatever dialect it is by then; the region's lines where nothing has its own."""

    def last(block):
        ops = [op for op in block.operations if op.operation.name not in ("func.return", "torch.constant.int")]
        inner = [last(b) for op in ops for region in op.operation.regions for b in region.blocks]
        return next((op for op in reversed([*ops, *filter(None, inner)]) if _line(op).endswith(SECOND)), None)

    def given(op):
        raise UserError("no luck")

    def broken(module, options):
        given(last(module.body))

    monkeypatch.setattr(lower, "TO_KERNEL", [*TO_KERNEL[:number], broken, *TO_KERNEL[number:]])
    lines = _fallback(monkeypatch, tmp_path).splitlines()
    assert lines[0].endswith(SECOND)
    assert lines[1].endswith(": no luck")


def _line(op) -> str:
    from torch_fpga.dialects.mlir import line_of

    return line_of(op.operation.location)


def test_a_kernel_that_cannot_be_built_names_the_lines_of_the_region(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "compile_cpp", _fail)
    text = _fallback(monkeypatch, tmp_path)
    assert FIRST in text
    assert SECOND in text
    assert "no luck" in text


def test_a_kernel_that_cannot_be_loaded_names_the_lines_of_the_region(monkeypatch, tmp_path):
    monkeypatch.setattr(link, "Loaded", _fail)
    text = _fallback(monkeypatch, tmp_path)
    assert FIRST in text
    assert SECOND in text


@pytest.mark.parametrize("kind", [ToolError, OutOfRangeError])
def test_a_launch_that_fails_names_the_lines_of_the_region(kind, monkeypatch, tmp_path):
    def fail(self, *_):
        raise kind("no luck")

    monkeypatch.setattr(Launch, "__call__", fail)
    with torch.no_grad(), pytest.raises(FpgaError, match="no luck") as error:
        _run(tmp_path)
    assert type(error.value) is kind
    if kind is ToolError:
        assert [line.partition(": ")[2] for line in error.value.source.splitlines()] == [FIRST, SECOND]


def test_what_a_site_says_itself_stays(monkeypatch):
    def site(node):
        raise UserError("no luck", op="aten.mine", source="model.py:1: mine()")

    graph = torch.fx.symbolic_trace(lambda x: x + 1)
    with pytest.raises(UserError) as error, stamped.stamped(graph):
        site(next(iter(graph.graph.nodes)))
    assert str(error.value) == "model.py:1: mine()\naten.mine: no luck"


def test_an_error_of_several_regions_gets_the_lines_of_each():
    error = ToolError("no luck", code="no-gpp")
    assert [str(error.stamped(line)) for line in ("a.py:1: f()", "b.py:2: g()")] == [
        "a.py:1: f()\nno luck [no-gpp]",
        "b.py:2: g()\nno luck [no-gpp]",
    ]
    assert str(error) == "no luck [no-gpp]"

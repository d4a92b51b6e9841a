"""Bad input: the right answer by a fallback that the report names, or a clear error. Never a wrong number or a hang."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.caches import cache, empty_cache
from tests.runtime.probe import emulator
from torch_fpga.errors import UserError

ALL_FPGA = {"placement": "fpga"}
ROOT = Path(__file__).parents[1]


def _run(function, *inputs, **options):
    with torch.no_grad():
        return torch.compile(function, backend="fpga", options={**ALL_FPGA, **options})(*inputs)


def _codes() -> set[str]:
    return {node.reason_code for graph in torch_fpga.last_report().graphs for node in graph.nodes}


def test_complex_tensors_stay_on_the_gpu():
    x = torch.randn(4, 4, dtype=torch.complex64)
    torch.testing.assert_close(_run(lambda x: (x * 2).sum(-1), x), (x * 2).sum(-1))
    assert "unsupported-dtype" in _codes()


def test_float8_tensors_stay_on_the_gpu():
    x = torch.randn(4, 4).to(torch.float8_e4m3fn)
    torch.testing.assert_close(_run(lambda x: x.to(torch.float32) * 2, x), x.to(torch.float32) * 2)
    assert "unsupported-dtype" in _codes()


@pytest.mark.parametrize("dtype", [torch.float64, torch.int16], ids=str)
def test_other_types_stay_on_the_gpu(dtype):
    x = torch.arange(12).reshape(3, 4).to(dtype)
    torch.testing.assert_close(_run(lambda x: x + x, x), x + x)
    assert "unsupported-dtype" in _codes()


def test_sparse_tensors():
    x = torch.eye(4).to_sparse()
    y = torch.randn(4, 4)
    torch.testing.assert_close(_run(lambda x, y: torch.sparse.mm(x, y).softmax(-1), x, y), y.softmax(-1))


def test_zero_sizes_stay_on_the_gpu():
    x = torch.empty(0, 5)
    torch.testing.assert_close(_run(lambda x: (x * 2, x.sum(0), x.softmax(-1)), x), (x, torch.zeros(5), x))
    assert "zero-size" in _codes()


def test_k_larger_than_the_row_is_pytorchs_own_error():
    with pytest.raises(Exception, match=r"(?s)topk.*(out of range|not in range)"):
        _run(lambda x: torch.topk(x, 9), torch.randn(4))


def test_k_larger_than_the_template_stays_on_the_gpu():
    x = torch.randn(10_000)
    torch.testing.assert_close(_run(lambda x: torch.topk(x, 5000).values, x), torch.topk(x, 5000).values)
    assert "too-large" in _codes()


def test_a_row_longer_than_the_buffer_stays_on_the_gpu():
    x = torch.randn(1 << 17)
    torch.testing.assert_close(_run(lambda x: x.softmax(-1), x), x.softmax(-1))
    assert "too-large" in _codes()


def test_nan_and_inf_pass_through():
    nan, inf = float("nan"), float("inf")
    x = torch.tensor([[nan, 1.0, 2.0, inf], [-inf, inf, 0.0, 1.0], [-inf, -inf, -inf, -inf], [1.0, 2.0, 3.0, 4.0]])

    def f(x):
        return x.softmax(-1), x.topk(2).values, x.sum(-1), x @ x[0], x.exp(), x.amax(-1), torch.rsqrt(x)

    torch.testing.assert_close(_run(f, x), f(x), equal_nan=True)


@pytest.mark.parametrize("bad", [10, -11, 1 << 40])
def test_an_index_out_of_range_is_an_error(bad):
    x = torch.randn(10, 4)
    with pytest.raises(IndexError):  # eager
        x[torch.tensor([1, bad])]
    with pytest.raises(UserError, match=f"index {bad} is out of range for dimension of size 10") as error:
        _run(lambda x, i: x[i] * 2, x, torch.tensor([1, bad]))
    assert isinstance(error.value, IndexError)
    torch.testing.assert_close(_run(lambda x, i: x[i] * 2, x, torch.tensor([1, -10])), x[[1, 0]] * 2)


def test_an_index_of_gather_raises_what_eager_raises():
    def f(x, i):
        return x.gather(0, i) * 2

    x, i = torch.randn(4, 3), torch.tensor([[9, 0, 0]])
    with pytest.raises(RuntimeError):
        f(x, i)
    with torch.no_grad(), pytest.raises(RuntimeError, match=r"return x\.gather\(0, i\) \* 2"):
        torch.compile(f, backend="fpga", options={"device": "emulation", "placement": "fpga"})(x, i)


def two_gathers(x, i, j):
    first = x[i] * 2
    return first.sum(-1) + x.index_select(0, j).amax(-1)  # another line


@pytest.mark.parametrize("device", ["emulation", "sw_emu"])
def test_an_index_error_shows_the_users_line(device):
    if device == "sw_emu":
        emulator()  # or skip
    torch.compiler.reset()
    options = {"device": device, "placement": "fpga"}
    run = torch.compile(two_gathers, backend="fpga", options=options, dynamic=False)
    x, good, bad = torch.randn(10, 4), torch.tensor([1, 2]), torch.tensor([1, 77])
    for given, line in (((bad, good), "first = x[i] * 2"), ((good, bad), "return first.sum(-1)")):
        with pytest.raises(IndexError) as error:
            run(x, *given)
        shown, said, _ = str(error.value).split("\n")
        assert re.match(r"test_bad_input\.py:\d+: ", shown), shown
        assert line in shown
        assert said == "index 77 is out of range for dimension of size 10 [index-out-of-range]"
    torch.testing.assert_close(run(x, good, good), two_gathers(x, good, good))


@pytest.mark.parametrize("dynamic", [False, True])
def test_an_index_error_of_inductors_code_is_one_too(dynamic):
    torch.compiler.reset()
    options = {"device": "emulation", "placement": "gpu"}
    run = torch.compile(two_gathers, backend="fpga", options=options, dynamic=dynamic)
    x, good, bad = torch.randn(10, 4), torch.tensor([1, 2]), torch.tensor([1, 77])
    with pytest.raises(IndexError, match=r"test_bad_input\.py:\d+: .*= x\[i\] \* 2") as error:
        run(x, bad, good)
    assert isinstance(error.value, UserError)
    torch.testing.assert_close(run(x, good, good), two_gathers(x, good, good))


def test_boolean_masks():
    """The size of what a mask selects depends on the data: Dynamo leaves that to eager, between two graphs."""
    x = torch.arange(12.0).reshape(3, 4)
    torch.testing.assert_close(_run(lambda x: x[x > 3].sum(), x), x[x > 3].sum())
    ops = {node.op for graph in torch_fpga.last_report().graphs for node in graph.nodes}
    assert "aten.index.Tensor" not in ops


def test_no_compiler_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "no-such-compiler")
    x = torch.randn(4, 9)
    torch.testing.assert_close(_run(lambda x: x.softmax(-1).cumsum(-1), x), x.softmax(-1).cumsum(-1))
    (fallback,) = torch_fpga.last_report().graphs[-1].fallbacks
    assert fallback.reason_code == "kernel-failed"
    assert "no C++ compiler: 'no-such-compiler' is not on the PATH" in fallback.error
    assert "apt-get install g++" in fallback.error


def test_an_empty_path(tmp_path):
    """Neither kernels nor Inductor find a compiler: eager PyTorch gives the answer, and the report says why."""
    script = textwrap.dedent(
        """
        import torch
        x = torch.rand(4, 10) / 2
        def f(x):
            return torch.special.erfinv(x).softmax(-1).cumsum(-1)
        with torch.no_grad():
            y = torch.compile(f, backend="fpga", options={"placement": "fpga", "device": "emulation"})(x)
        torch.testing.assert_close(y, f(x))
        import torch_fpga
        print(sorted(fallback.reason_code for fallback in torch_fpga.last_report().graphs[0].fallbacks))
        """
    )
    caches = {"TORCH_FPGA_CACHE": str(tmp_path / "kernels"), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "inductor")}
    known = {**os.environ, **caches, "PATH": ""}
    known.pop("CXX", None)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=known, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "['inductor-failed', 'kernel-failed']", done.stderr


def test_a_fallback_has_eagers_types(monkeypatch):
    """Lowering spells out conversions in a graph of its own, not in the one that eager PyTorch runs."""
    monkeypatch.setenv("CXX", "no-such-compiler")
    x, half = torch.tensor([1, 2, 3], dtype=torch.int8), torch.rand(3000).half()
    mask = torch.tensor([True, False, True])

    def f(x, half, mask):
        return (
            *(x.masked_fill(x > 1, 2.5), x.sum(dtype=torch.int32), x.cumsum(0, dtype=torch.float32), x / 2, x + mask),
            *(half.sum(dtype=torch.float32), half.mean(dtype=torch.float32), half == 0.1, half + 0.1),
            *(torch.cat([x, mask]), mask.masked_fill(mask, 1) & True, torch.where(mask, x, 2.5)),
        )

    got = _run(f, x, half, mask, verify=True)
    assert {f.reason_code for f in torch_fpga.last_report().graphs[-1].fallbacks} == {"kernel-failed"}
    torch.testing.assert_close(got, f(x, half, mask), rtol=0, atol=0)


def test_a_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    x = torch.randn(4, 9)
    got = _run(lambda x: x.softmax(-1), x, cache_dir=str(tmp_path / "file" / "below"), device="emulation")
    torch.testing.assert_close(got, x.softmax(-1))
    report = torch_fpga.last_report().graphs[-1]
    assert any("cannot be used" in note for note in report.notes)
    assert report.regions[0].compiled_by == "hls"


def test_a_damaged_cache_entry_is_built_again(tmp_path):
    x, folder = torch.randn(4, 9), empty_cache(tmp_path)
    for damage in (b"", b"not a library"):
        torch._dynamo.reset()
        torch.testing.assert_close(_run(lambda x: x.cumsum(-1), x, cache_dir=folder), x.cumsum(-1))
        for library in tmp_path.rglob("kernel.so"):
            library.unlink()
            library.write_bytes(damage)
    torch._dynamo.reset()
    torch.testing.assert_close(_run(lambda x: x.cumsum(-1), x, cache_dir=folder), x.cumsum(-1))
    assert torch_fpga.last_report().graphs[-1].regions[0].cache_hit is False


def test_two_processes_build_the_same_kernel_at_once(tmp_path):
    script = textwrap.dedent(
        """
        import sys
        from torch_fpga.runtime.build import build
        from torch_fpga.runtime.cache import Cache
        from torch_fpga.runtime.emulation import Emulation
        from torch_fpga.runtime.signature import Signature
        source = 'extern "C" void nothing() {}'
        built = build("nothing", source, Signature((), (), (), ()), Cache(sys.argv[1])).result()
        Emulation("test").load([built]).kernels[0].run([])
        print(built.cache_hit)
        """
    )
    command, environment = [sys.executable, "-c", script, str(tmp_path)], os.environ | {"PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(process.communicate(timeout=180)[0].strip() for process in both) == ["False", "True"]
    # Whoever came first, there is one kernel, and one header.
    assert [len(list(tmp_path.rglob(name))) for name in ("kernel.so", "common.hpp.gch")] == [1, 1]


def test_a_deadlock_names_tasks_and_streams(tmp_path):
    """A kernel whose FIFO is too shallow: the error says who waits for whom, and the process goes on."""
    from torch_fpga.errors import FpgaError
    from torch_fpga.runtime.build import build
    from torch_fpga.runtime.emulation import Emulation
    from torch_fpga.runtime.signature import Port, Signature

    source = textwrap.dedent(
        """
        #include <ap_int.h>
        #include <hls_stream.h>
        #include "hls_lib/hls_lib.hpp"
        using namespace hls_lib;
        static void wait_for(hls::stream<int>& in, hls::stream<int>& out) { out.write(in.read()); }
        extern "C" void stuck(float* x) {
          stream<int, 2> a("a"), b("b");
          dataflow region;
          region.task<wait_for>("first", a, b);
          region.task<wait_for>("second", b, a);
        }
        extern "C" void crash(float* x) { *static_cast<volatile float*>(nullptr) = 1; }
        """
    )
    for name, words in [("stuck", "deadlock.*first.*second"), ("crash", "SIGSEGV|segmentation|signal 11")]:
        signature = Signature((Port("x", "in", 0, 1, torch.float32),), (), (), ())
        (kernel,) = Emulation("test").load([build(name, source, signature, cache()).result()]).kernels
        with pytest.raises(FpgaError, match=f"(?is){words}"):
            kernel.run([0])


def test_a_constant_graph_and_an_empty_one():
    assert _run(lambda x: x, torch.ones(3)).tolist() == [1, 1, 1]
    assert _run(lambda x: torch.full((2,), 3.0) + x[:2], torch.ones(3)).tolist() == [4, 4]


def test_a_forked_child_compiles_for_itself():
    """It has none of the threads that its parent compiled with."""
    x = torch.randn(4, 9)
    _run(lambda x: x.softmax(-1), x)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(60)
            got = _run(lambda x: x.cumsum(-1) * 2, x, device="emulation")
            status = 0 if torch.allclose(got, x.cumsum(-1) * 2) else 1
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0

"""Exports of real regions: what g++ and XRT can run of a project runs here, and agrees with eager PyTorch."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.codegen import models
from tests.kernels import cache
from torch_fpga.codegen.identity import kernel_identity
from torch_fpga.codegen.xclbin import Bank, KernelImage, write_xclbin
from torch_fpga.errors import ToolError, UserError
from torch_fpga.report import Report
from torch_fpga.runtime.build import Built, build
from torch_fpga.runtime.signature import Port, Signature, Step
from torch_fpga.runtime.toolchain import library_root
from torch_fpga.runtime.xrt import emulator, status
from torch_fpga.tools import cli

needs_gpp = pytest.mark.skipif(not shutil.which("g++"), reason="no g++")


class SemanticSearch(torch.nn.Module):
    """The main job's module (examples/semantic_search) with a small encoder in place of MiniLM."""

    def __init__(self, rows: int = 1024, cols: int = 384) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.encoder = torch.nn.Linear(cols, cols)
        torch.nn.init.normal_(self.encoder.weight, std=0.05, generator=generator)
        self.register_buffer("index", torch.randn(rows, cols, generator=generator))

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        query = torch.tanh(self.encoder(tokens)).mean(0)
        scores = self.index @ query
        values, indices = torch.topk(scores, 8)
        weights = torch.softmax(values, dim=0)
        context = weights @ self.index[indices]
        return values, indices, context


def normalised_gather(x: torch.Tensor, weight: torch.Tensor, table: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Norm, softmax and gather."""
    normed = torch.nn.functional.rms_norm(x, x.shape[-1:], weight)
    weights = torch.softmax(normed, -1)
    return weights @ table[places]


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def _search() -> tuple[torch.nn.Module, tuple[torch.Tensor, ...]]:
    return SemanticSearch().eval(), (_random(32, 384),)


def _int8() -> tuple[object, tuple[torch.Tensor, ...]]:
    keys = (_random(16384, 64) * 40).clamp(-128, 127).to(torch.int8)
    return models.attend_int8, (keys, _random(16384).abs(), _random(64))


def _gather() -> tuple[object, tuple[torch.Tensor, ...]]:
    places = torch.arange(64).flip(0) * 7
    return normalised_gather, (_random(4, 64), _random(64), _random(512, 96), places)


CASES = {"search": _search, "int8": _int8, "gather": _gather}


def export(folder: Path, case: str, **options: str) -> Path:
    model, inputs = CASES[case]()
    with torch.no_grad():
        return torch_fpga.export(model, *inputs, path=folder, **{"placement": "fpga"} | options)


def kernels(folder: Path) -> list[dict]:
    return json.loads((folder / "kernels.json").read_text())["kernels"]


def csim(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), "csim", "CXXFLAGS=-O1 -Wall -Wextra -Werror"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tamper(folder: Path, pattern: str, dtype: torch.dtype) -> str:
    """Adds 1 to the third element of an output's expected values; returns the file's name."""
    (file,) = folder.glob(f"data/*/{pattern}")
    values = torch.frombuffer(bytearray(file.read_bytes()), dtype=dtype)
    values[2] += 1
    file.write_bytes(values.numpy().tobytes())
    return file.name


def run_with_stand_ins(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """The branch that Vitis compiles, with hls_lib's stand-ins for Vitis' headers."""
    root = library_root()
    include = [f"-I{root / 'tests/vitis'}", f"-I{folder / 'hls_lib/include'}", f"-I{folder / 'common'}"]
    include += ["-idirafter", str(folder / "hls_lib/emulation")]  # for ap_int.h
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-ffp-contract=off"]
    sources = [str(folder / "kernels" / f"{name}.cpp"), str(folder / "tb" / f"{name}_tb.cpp")]
    program = folder / "with_stand_ins"
    subprocess.run(["g++", *flags, "-DHLS_LIB_SYNTHESIS", *include, *sources, "-o", str(program)], check=True)
    return subprocess.run([program, folder / "data" / name], capture_output=True, text=True, check=False)


# -- C simulation -----------------------------------------------------------------------------------------------------


@needs_gpp
@pytest.mark.parametrize(
    ("case", "target", "channels", "outputs", "wrong"),
    [
        ("search", "u55c", 16, 3, ("out0_*.bin", torch.float32)),
        ("int8", "u280", 16, 2, ("out1_*.bin", torch.int64)),
        ("gather", "v80", 1, 1, ("out0_*.bin", torch.float32)),
    ],
)
def test_csim_passes_and_notices_a_wrong_output(case, target, channels, outputs, wrong, tmp_path):
    folder = export(tmp_path / "project", case, target=target)
    (kernel,) = kernels(folder)
    assert max(port["channels"] for port in kernel["ports"]) == channels
    done = csim(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^passed out\d", done.stdout, re.M)) >= outputs
    assert "FAILED" not in done.stdout
    alone = run_with_stand_ins(folder, kernel["name"])
    assert alone.returncode == 0, alone.stdout
    file = tamper(folder, *wrong)
    done = csim(folder)
    assert done.returncode != 0
    (failed,) = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert failed.startswith(f"FAILED {file}: 1 of ")
    if wrong[1] is torch.int64:
        assert "1 of 4 indices are wrong; the first is element 2: " in failed
    else:
        assert float(re.search(r"the largest difference is ([^,]+)", failed)[1]) == pytest.approx(1, abs=1e-3)


class HalfSearch(torch.nn.Module):
    """Scores in float16, which has few values: among the best there are equal ones."""

    def __init__(self, rows: int = 2048, cols: int = 64) -> None:
        super().__init__()
        self.register_buffer("index", _random(rows, cols).half())

    def forward(self, query: torch.Tensor) -> tuple[torch.Tensor, ...]:
        scores = self.index @ query
        values, indices = torch.topk(scores, 64)
        return values, indices, self.index[indices], scores.argmax()


def tied(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Whole numbers: nothing is rounded, and there are many of each."""
    best, where = x.topk(3, 0)
    return best, where, x.argmax(-1), x.argmin(0), (x.softmax(-1) * 0).argmax(-1)


def swap_a_tie(file: Path, source: torch.Tensor) -> None:
    """Expects two indices of equal values in the other order, as PyTorch may give them."""
    indices = torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.int64)
    i = next(i for i in range(len(indices) - 1) if source[indices[i]] == source[indices[i + 1]])
    indices[[i, i + 1]] = indices[[i + 1, i]]
    file.write_bytes(indices.numpy().tobytes())


@needs_gpp
def test_csim_takes_any_of_equal_values(tmp_path):
    model, query = HalfSearch(), _random(64).half()
    with torch.no_grad():
        folder = torch_fpga.export(model, query, path=tmp_path / "p", placement="fpga")
    scores = model.index @ query
    (file,) = folder.glob("data/*/out1_*.bin")
    done = csim(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    swap_a_tie(file, scores)
    swapped = csim(folder)
    assert swapped.returncode == 0, swapped.stdout + swapped.stderr
    # The kernel takes one order, so in one of the two it took the other.
    said = r"passed out1_\S+: 0 of 64 indices are wrong; \d+ are of other, equal values"
    assert re.search(said, done.stdout + swapped.stdout)
    assert re.search(r"passed out2_.* \d+ depend on which of two equals was selected", done.stdout)
    # An index of a value that is not among the best is found.
    indices = torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.int64)
    indices[5] = scores.argmin()
    file.write_bytes(indices.numpy().tobytes())
    done = csim(folder)
    assert done.returncode != 0
    assert f"FAILED {file.name}: 1 of 64 indices are wrong; the first is element 5: " in done.stdout


@needs_gpp
@pytest.mark.parametrize("dtype", [torch.float32, torch.int32], ids=str)
def test_csim_takes_any_of_equal_inputs(dtype, tmp_path):
    x = torch.randint(0, 3, (6, 40), generator=torch.Generator().manual_seed(0)).to(dtype)
    model = tied if dtype.is_floating_point else lambda x: (*x.topk(3, 0), x.argmax(-1))
    folder = torch_fpga.export(model, x, path=tmp_path / "p", placement="fpga")
    for file in folder.glob("data/*/out1_*.bin"):  # the other end of each tie
        indices = torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.int64).reshape(3, 40)
        best = x.gather(0, indices)
        for column in range(40):
            taken = x[:, column] == best[0, column]
            indices[0, column] = next(i for i in range(5, -1, -1) if taken[i])
            rest = [i for i in x[:, column].argsort(descending=True).tolist() if i != indices[0, column]]
            indices[1:, column] = torch.tensor(rest[:2])
        file.write_bytes(indices.numpy().tobytes())
    done = csim(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "are of other, equal values" in done.stdout


def test_a_golden_run_without_ties_compares_all(tmp_path):
    folder = export(tmp_path / "project", "search")
    (manifest,) = folder.glob("data/*/manifest.json")
    entries = [entry for entry in json.loads(manifest.read_text()) if entry["file"].startswith("out")]
    assert [("choice" in entry, "open" in entry) for entry in entries] == [
        (False, False),
        (True, False),
        (False, False),
    ]


# -- host programs -----------------------------------------------------------------------------------------------------


def built(folder: Path) -> Built:
    """The exported kernel as the runtime builds it for emulation."""
    (kernel,) = kernels(folder)
    ports = [
        Port(p["name"], p["role"], 0, p["bytes"], torch.uint8, p["bundle"], p["banks"][0][0]) for p in kernel["ports"]
    ]
    steps = [Step(s["name"], s["value"], s["value"]) for s in kernel["steps"]]
    source = (folder / "kernels" / f"{kernel['name']}.cpp").read_text()
    return build(kernel["name"], source, Signature(tuple(ports), tuple(steps), (), ()), cache()).result()


class HostRanError(Exception):
    """Carries what the host program did out of the opening of a card."""


def run_on_emulated_card(monkeypatch: pytest.MonkeyPatch, kernel: Built, command: list[str]) -> str:
    """Runs a host program where torch_fpga would open an emulated card, whose memory is not the host's."""

    def run(card: int, xclbin: Path, page: status.StatusPage) -> int:
        # torch_fpga allocates a page more a buffer, to catch what runs past it; other hosts do not.
        page._put(status._GUARD, 0)
        done = subprocess.run(
            [*command[:1], xclbin, *command[1:], str(card)], capture_output=True, text=True, check=False
        )
        raise HostRanError(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")

    try:
        device = emulator.Emulator("test", str(cache().root), 60.0, private_memory=True)
    except ToolError as error:
        pytest.skip(f"no software emulation of XRT: {error.message}")
    monkeypatch.setattr(emulator, "_open", run)
    with pytest.raises(HostRanError) as host:
        device.load([kernel])
    return str(host.value)


@needs_gpp
def test_the_host_program_runs_through_xrt(tmp_path, monkeypatch):
    folder = export(tmp_path / "project", "int8")
    if not Path("/usr/include/xrt/xrt/xrt_kernel.h").exists() and "XILINX_XRT" not in os.environ:
        pytest.skip("the headers of XRT are not installed (Debian: libxrt-dev)")
    made = subprocess.run(
        ["make", "-C", folder, "host", "CXXFLAGS=-O1 -Wall -Wextra -Werror"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    command = [str(folder / "build/host"), str(folder / "data")]
    kernel = built(folder)
    text = run_on_emulated_card(monkeypatch, kernel, command)
    assert text.startswith("exit status 0\n")
    assert text.count("passed") == 2
    file = tamper(folder, "out0_*.bin", torch.float32)
    text = run_on_emulated_card(monkeypatch, kernel, command)
    assert text.startswith("exit status 1\n")
    assert f"FAILED {file}: 1 of 4 elements" in text


# pyxrt as far as host.py uses it, over a kernel in a shared library. A buffer is two memories, and a sync copies.
PYXRT = """
import ctypes, enum, numpy
class xclBOSyncDirection(enum.Enum):
    XCL_BO_SYNC_BO_TO_DEVICE = 0
    XCL_BO_SYNC_BO_FROM_DEVICE = 1
class ert_cmd_state(enum.Enum):
    ERT_CMD_STATE_COMPLETED = 4
class device:
    def __init__(self, number): assert number == 0
    def load_xclbin(self, path): return ctypes.CDLL(path)
class kernel:
    shared = 1
    def __init__(self, device, library, name, mode): self.launch = getattr(library, name + "_launch")
    def group_id(self, argument): return argument
class bo:
    normal = 0
    def __init__(self, device, size, flags, group): self.host, self.card = numpy.zeros((2, size), numpy.uint8)
    def write(self, data, seek): self.host[seek : seek + len(data)] = data
    def read(self, size, skip): return self.host[skip : skip + size].view(numpy.int8)
    def sync(self, direction, size, offset):
        pair = self.card, self.host
        to, source = pair if direction is xclBOSyncDirection.XCL_BO_SYNC_BO_TO_DEVICE else pair[::-1]
        to[offset : offset + size] = source[offset : offset + size]
class run:
    def __init__(self, kernel): self.kernel, self.words = kernel, {}
    def set_arg(self, number, value): self.words[number] = value if isinstance(value, int) else value.card.ctypes.data
    def start(self): pass
    def wait(self):
        words = (ctypes.c_uint64 * len(self.words))(*(self.words[i] for i in range(len(self.words))))
        message = ctypes.create_string_buffer(512)
        assert self.kernel.launch(words, message, ctypes.c_long(512)) == 0, message.value
        return ert_cmd_state.ERT_CMD_STATE_COMPLETED
"""


@needs_gpp
def test_the_python_host_over_a_stand_in_for_pyxrt(tmp_path):
    folder = export(tmp_path / "project", "int8")
    (tmp_path / "pyxrt.py").write_text(PYXRT)
    command = [sys.executable, str(folder / "host/host.py"), str(built(folder).library)]

    def run() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed") == 2
    file = tamper(folder, "out1_*.bin", torch.int64)
    done = run()
    assert done.returncode == 1
    assert f"FAILED {file}: 1 of 4 indices are wrong" in done.stdout


@needs_gpp
def test_the_python_host_takes_any_of_equal_values(tmp_path):
    model, query = HalfSearch(), _random(64).half()
    folder = torch_fpga.export(model, query, path=tmp_path / "p", placement="fpga")
    (tmp_path / "pyxrt.py").write_text(PYXRT)
    command = [sys.executable, str(folder / "host/host.py"), str(built(folder).library)]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    outputs = ""
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("passed") == 4
        outputs += done.stdout
        swap_a_tie(next(folder.glob("data/*/out1_*.bin")), model.index @ query)
    assert re.search(r"out1_\S+: 0 of 64 indices are wrong; \d+ are of other, equal values", outputs)
    assert "and are not compared" in outputs


# -- what is exported ------------------------------------------------------------------------------------------------


def small(x: torch.Tensor) -> torch.Tensor:
    return x.cumsum(-1)


def twice(x: torch.Tensor) -> torch.Tensor:
    x = x.cumsum(-1)
    torch._dynamo.graph_break()
    x = x.cumsum(-1)
    return x  # noqa: RET504 (the same name as above makes the same kernel)


def two_graphs(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    first = x.cumsum(-1)
    torch._dynamo.graph_break()
    return first, x.sum(0)


def test_exporting_needs_no_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    folder = torch_fpga.export(small, torch.ones(4, 8), path=tmp_path / "p", placement="fpga")
    assert [kernel["name"].split("_")[0] for kernel in kernels(folder)] == ["cumsum"]
    assert not any(path.name.startswith(".") for path in tmp_path.iterdir())


def test_a_model_can_be_exported_any_number_of_times(tmp_path):
    for _ in range(torch._dynamo.config.recompile_limit + 2):
        torch_fpga.export(small, torch.ones(4, 8), path=tmp_path / "p", overwrite=True, placement="fpga")


def test_equal_regions_are_one_kernel_with_one_compute_unit(tmp_path):
    folder = torch_fpga.export(twice, torch.ones(4, 8), path=tmp_path / "p", placement="fpga")
    (kernel,) = kernels(folder)
    assert kernel["instances"] == [f"{kernel['name']}_1"]
    assert f"| `{kernel['name']}` | 2 |" in (folder / "README.md").read_text()


def test_kernels_are_called_after_their_work(tmp_path):
    folder = torch_fpga.export(two_graphs, torch.ones(4, 8), path=tmp_path / "p", placement="fpga")
    assert [kernel["name"].split("_")[0] for kernel in kernels(folder)] == ["cumsum", "reduce"]


def test_names_fit_c_and_xrt(tmp_path):
    class ÜberlongNameOfAModuleThatSomebodyWrote(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.cumsum(-1)

    folder = torch_fpga.export(
        ÜberlongNameOfAModuleThatSomebodyWrote(), torch.ones(8), path=tmp_path / "p", placement="fpga"
    )
    (kernel,) = kernels(folder)
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,29}", kernel["name"])


def test_a_strided_input_is_exported_as_it_lies_in_memory(tmp_path):
    x = torch.arange(24.0).reshape(4, 6).t()
    folder = torch_fpga.export(small, x, path=tmp_path / "p", placement="fpga")
    (file,) = folder.glob("data/*/in0_*.bin")
    assert torch.equal(torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.float32), torch.arange(24.0))


def test_golden_inputs_are_those_before_a_buffer_was_written(tmp_path):
    class Cache(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("keys", torch.zeros(8))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            old = self.keys.cumsum(-1)
            self.keys.copy_(x)
            return old

    folder = torch_fpga.export(Cache(), torch.ones(8), path=tmp_path / "p", placement="fpga")
    for file in folder.glob("data/*/*.bin"):
        assert not any(file.read_bytes()), file


def test_identity_is_that_of_a_compiled_graph(tmp_path):
    x = torch.ones(4, 8)
    folder = torch_fpga.export(small, x, path=tmp_path / "p", placement="fpga")
    torch._dynamo.reset()
    with torch.no_grad():
        torch.compile(small, backend="fpga", options={"placement": "fpga", "device": "emulation"})(x)
    (region,) = torch_fpga.last_report().graphs[0].regions
    source = Path(region.kernel_cpp).read_text()
    name = re.search(r'extern "C" void (\w+)', source)[1]
    assert name == kernels(folder)[0]["name"]
    assert kernel_identity(name, source) == kernels(folder)[0]["identity"]


# -- errors and the shell --------------------------------------------------------------------------------------------


def test_a_path_that_is_taken(tmp_path):
    arguments = {"path": tmp_path / "p", "placement": "fpga"}
    folder = torch_fpga.export(small, torch.ones(8), **arguments)
    (folder / "mine").write_text("kept")
    with pytest.raises(UserError, match=r"exists and is not empty \[path-exists\]\nwhat to do: .*overwrite=True"):
        torch_fpga.export(small, torch.ones(8), **arguments)
    assert (folder / "mine").exists()
    torch_fpga.export(small, torch.ones(8), overwrite=True, **arguments)
    assert not (folder / "mine").exists()


def test_only_an_export_is_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UserError, match="is not an exported project"):
        torch_fpga.export(small, torch.ones(8), path=tmp_path, overwrite=True, placement="fpga")
    assert (tmp_path / "thesis.tex").exists()


def test_nothing_for_the_fpga(tmp_path):
    with pytest.raises(UserError) as error:
        torch_fpga.export(small, torch.ones(8), path=tmp_path / "p", placement="gpu")
    assert "placement='gpu' keeps everything on the GPU" in str(error.value)
    assert "test_export.py" in str(error.value), "the user's line"
    assert not (tmp_path / "p").exists()


def test_an_option_that_is_not_known(tmp_path):
    with pytest.raises(UserError, match="did you mean 'target'"):
        torch_fpga.export(small, torch.ones(8), path=tmp_path / "p", targt="u280")


MODEL = """
import helper
import torch
def make():
    return helper.function, (torch.ones(4, 8),)
def wrong():
    return 3
"""


@pytest.fixture
def model_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("user_model", "helper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / "helper.py").write_text("def function(x):\n    return x.cumsum(-1)\n")
    (tmp_path / "user_model.py").write_text(MODEL)
    return tmp_path / "user_model.py"


def test_the_command_exports(model_file, tmp_path, capsys):
    arguments = [f"{model_file}:make", "--path", str(tmp_path / "p"), "--target", "u280", "--placement", "fpga"]
    assert cli.main(["export", *arguments]) == 0
    assert "README.md" in capsys.readouterr().out
    assert json.loads((tmp_path / "p/kernels.json").read_text())["target"] == "u280"
    assert cli.main(["export", *arguments]) == 1
    assert "exists and is not empty" in capsys.readouterr().err
    assert cli.main(["explain", f"{model_file}:make"]) == 0
    assert "cumsum" in capsys.readouterr().out


def test_the_command_writes_the_report(model_file, tmp_path, capsys):
    arguments = [
        "explain",
        f"{model_file}:make",
        "--html",
        str(tmp_path / "r.html"),
        "--json",
        str(tmp_path / "r.json"),
    ]
    assert cli.main(arguments) == 0
    report = Report.from_json((tmp_path / "r.json").read_text())
    assert (tmp_path / "r.html").read_text() == report.html()
    assert report.text() in capsys.readouterr().out
    assert cli.main([*arguments[:3], str(tmp_path / "none" / "r.html")]) == 1
    assert "the report cannot be written" in capsys.readouterr().err


def test_the_command_explains_inference(model_file, capsys):
    model_file.write_text("import torch\ndef make():\n    return torch.nn.Linear(8, 8).eval(), (torch.ones(4, 8),)\n")
    assert cli.main(["explain", f"{model_file}:make", "--placement", "fpga"]) == 0
    assert "policy-fpga" in capsys.readouterr().out


def test_the_command_says_its_version(capsys):
    with pytest.raises(SystemExit) as exit:
        cli.main(["--version"])
    assert exit.value.code == 0
    assert capsys.readouterr().out == f"torch_fpga {torch_fpga.__version__}\n"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("user_model.py", "does not name a Python file"),
        ("user_model.py:none", "has no function 'none'"),
        ("user_model.py:wrong", "does not return a model and a tuple of its inputs"),
    ],
)
def test_the_command_says_what_it_takes(place, message, model_file, tmp_path, capsys):
    assert cli.main(["export", f"{model_file.parent}/{place}", "--path", str(tmp_path / "p")]) == 1
    assert message in capsys.readouterr().err


def test_the_command_prints_an_xclbin(tmp_path, capsys):
    file = tmp_path / "a.xclbin"
    write_xclbin(file, [KernelImage("weigh", ())], [Bank("HBM[0]", 1 << 29)], b"")
    assert cli.main(["xclbin", str(file)]) == 0
    assert "kernel weigh" in capsys.readouterr().out
    assert cli.main(["xclbin", str(tmp_path / "none")]) == 1

"""Vitis projects from plain data: the files letter by letter, and the Makefile with g++ and with stand-ins for Vitis.

``UPDATE_GOLDEN=1 pytest tests/codegen`` writes the golden files anew. What runs here shows that the Makefile's logic
and the test benches are right; it cannot show that Vitis accepts its part.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from torch_fpga.codegen.identity import kernel_identity
from torch_fpga.codegen.vitis import (
    BOARDS,
    GoldenTensor,
    Project,
    ProjectFinding,
    ProjectKernel,
    ProjectPort,
    ProjectScalar,
    write_project,
)
from torch_fpga.codegen.vitis.memory import bind
from torch_fpga.errors import UserError
from torch_fpga.runtime.toolchain import library_root

GOLDEN = Path(__file__).parent / "golden"
FILES = [
    *("Makefile", "README.md", "kernels.json", "connectivity.cfg", "host/kernels.hpp"),
    *("hls/weigh.cfg", "hls/weigh.tcl", "tb/weigh_tb.cpp", "data/weigh/manifest.json", "lint/weigh.txt"),
]
PERSISTENT = ["host/kernels.hpp", "tb/weigh_tb.cpp"]

# Plain C++ in place of what the compiler prints: sums of a sharded matrix's rows, and their weights in all types.
SOURCE = """\
#include "hls_lib/commands.hpp"
#include "hls_lib/types.hpp"
using namespace hls_lib;

// model.py:3: sums = rows.sum(-1)
extern "C" void weigh(const float* rows_ch0, const float* rows_ch1, const half_t* weights, float* sums_out,
    half_t* products_out, bfloat16_t* rounded_out, int64_t* order_out, bool* positive_out, int64_t row_elements) {
  for (int row = 0; row < 5; ++row) {
    const float* values = row < 3 ? rows_ch0 + row * row_elements : rows_ch1 + (row - 3) * row_elements;
    const float sum = (values[0] + values[1]) + values[2];
    sums_out[row] = sum;
    products_out[row] = half_t(sum * float(weights[row]));
    rounded_out[row] = bfloat16_t(sum);
    order_out[row] = (int64_t(1) << 62) + row;
    positive_out[row] = sum > 0;
  }
}
"""


FINDINGS = (
    ProjectFinding("error", "sums", "model.py:3: sums = rows.sum(-1)", "no loop is pipelined", "error: sums: ..."),
    ProjectFinding("slow", "rows_ch0, rows_ch1", "", "32 bits an access", "slow: rows_ch0, rows_ch1: ..."),
    ProjectFinding("note", "weights", "", "16 bits an access", "note: weights: ..."),
)


def _tensor(values: np.ndarray, dtype: str | None = None) -> GoldenTensor:
    return GoldenTensor(
        dtype or str(values.dtype), values.shape, np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    )


def weigh(persistent: bool = False) -> ProjectKernel:
    rows = (np.arange(15, dtype=np.float32) - 5.3).reshape(5, 3)
    weights = np.linspace(-1, 1, 5, dtype=np.float16)
    sums = (rows[:, 0] + rows[:, 1]) + rows[:, 2]
    bits = sums.view(np.uint32)
    rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
    outputs = [
        *(_tensor(sums), _tensor((sums * weights.astype(np.float32)).astype(np.float16)), _tensor(rounded, "bfloat16")),
        *(_tensor((1 << 62) + np.arange(5)), _tensor(sums > 0)),
    ]
    blocks = [ProjectPort(f"rows_ch{c}", "in", 0, 15, "float32", f"gmem{c}", c, c, 2, 9) for c in range(2)]
    names = ["sums_out", "products_out", "rounded_out", "order_out", "positive_out"]
    out = [ProjectPort(n, "out", i, 5, outputs[i].dtype, f"gmem{i + 3}", i + 3) for i, n in enumerate(names)]
    ports = (*blocks, ProjectPort("weights", "in", 1, 5, "float16", "gmem2", 2), *out)
    return ProjectKernel(
        "weigh",
        SOURCE,
        ports,
        (ProjectScalar("row_elements", 3),),
        (_tensor(rows), _tensor(weights)),
        tuple(outputs),
        regions=2,
        findings=FINDINGS,
        persistent=persistent,
    )


def write(folder: Path, target: str = "u55c") -> Path:
    board = BOARDS[target]
    project = Project("weigher", "Weigher", target, board, 250.0, "0.1.0", (weigh(target == "u280"),))
    folder.mkdir(parents=True, exist_ok=True)
    write_project(project, folder, library_root())
    return folder


def make(folder: Path, *arguments: str, tools: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = f"{tools}:/usr/bin:/bin" if tools else "/usr/bin:/bin"
    # Other tests of this process may have had XRT emulate.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("XCL_", "XILINX_", "MAKE"))}
    return subprocess.run(
        ["make", *arguments, "CXXFLAGS=-O1"],
        cwd=folder,
        env={**clean, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("target", BOARDS)
def test_golden(target, tmp_path):
    write(tmp_path, target)
    files = [file for file in FILES if (tmp_path / file).exists()]
    assert ("connectivity.cfg" in files) == (target != "v80")
    if target == "u280":  # of a kernel that is started once
        files += ["kernels/weigh.cpp"]
    shown = [*FILES[:4], "hls/weigh.cfg", *(["kernels/weigh.cpp", *PERSISTENT] if target == "u280" else [])]
    for file in files if target == "u55c" else [f for f in files if f in shown]:
        golden = GOLDEN / f"vitis_{target}" / file
        text = (tmp_path / file).read_text()
        if os.environ.get("UPDATE_GOLDEN"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text)
        assert text == golden.read_text(), f"{golden} is not what is written now"


def test_sources_are_written_as_they_are(tmp_path):
    write(tmp_path)
    assert (tmp_path / "kernels/weigh.cpp").read_text() == SOURCE
    assert (tmp_path / "hls_lib/include/hls_lib/hls_lib.hpp").is_file()
    assert (tmp_path / "hls_lib/emulation/hls_stream.h").is_file()


# -- identity ---------------------------------------------------------------------------------------------------------


def test_identity_does_not_know_the_name():
    text = 'void {0}_phase0(int x) {{}}  // m.py:{1}: y\nextern "C" void {0}(\n    int x) {{ {0}_phase0(x); }}\n'
    one = kernel_identity("graph0_fpga0", text.format("graph0_fpga0", 7))
    assert one == kernel_identity("g", text.format("g", 9).replace("(\n    ", "("))
    assert one != kernel_identity("g", text.format("g", 9).replace("int x", "long x"))
    # Nor what the user called the values, wherever they are declared.
    for declared in ("const float* {0}", "int64_t {0}", 'stream<vec<float, 8>, 3> {0}("{0}")', "struct {0} {{"):
        line = declared + " use({0}, 7);"
        assert kernel_identity("g", line.format("weights")) == kernel_identity("g", line.format("layer_7"))
        assert kernel_identity("g", line.format("weights")) != kernel_identity("g", line.format("weights") + "more")
    swapped = "const float* {}, const float* {} use(a, b);"
    assert kernel_identity("g", swapped.format("a", "b")) != kernel_identity("g", swapped.format("b", "a"))
    # Only the whole name: a stream that begins with it is something else.
    assert kernel_identity("x", "x x_stream") == kernel_identity("y", "y x_stream")
    assert kernel_identity("x", "x x_stream") != kernel_identity("y", "y y_stream")


# -- memory -----------------------------------------------------------------------------------------------------------


def _holding(*megabytes: int, banks: tuple[int, ...] = (), regions: int = 1) -> ProjectKernel:
    ports = [
        ProjectPort(f"x{i}", "in", i, size << 20, "int8", f"gmem{i}", banks[i] if banks else i)
        for i, size in enumerate(megabytes)
    ]
    return ProjectKernel("k", "", tuple(ports), (), tuple(_tensor(np.zeros(1)) for _ in ports), (), regions)


def _banks(kernel: ProjectKernel, target: str) -> list[tuple[int, int]]:
    bound = bind((kernel,), BOARDS[target])
    return [bound[unit, buffer] for unit in kernel.instances for buffer in kernel.buffers]


def test_a_buffer_keeps_its_channel_where_it_fits():
    assert _banks(_holding(1, 512, 1), "u55c") == [(0, 0), (1, 1), (2, 2)]


def test_a_large_buffer_gets_channels_of_its_own():
    assert _banks(_holding(1, 1100, 1), "u55c") == [(0, 0), (1, 3), (4, 4)]
    assert _banks(_holding(1, 1100, 1), "u280") == [(0, 0), (1, 5), (6, 6)]
    assert _banks(_holding(600, banks=(31,)), "u55c") == [(0, 1)], "31 has no neighbour"


def test_a_full_channel_sends_the_next_buffer_on():
    assert _banks(_holding(300, 300, 200, banks=(3, 3, 3)), "u55c") == [(3, 3), (4, 4), (3, 3)]


def test_regions_that_share_a_kernel_have_buffers_of_their_own():
    assert _banks(_holding(100, 100, regions=3), "u55c") == [(0, 0), (1, 1)]
    assert _banks(_holding(100, 100, 1, banks=(0, 0, 0), regions=3), "u55c") == [(0, 0), (1, 1), (0, 0)]
    assert _banks(_holding(400, regions=3), "u55c") == [(0, 2)]


def test_a_card_that_is_too_small():
    with pytest.raises(UserError, match=r"do not fit the HBM of the Alveo U280: no room for x0 of k_1"):
        _banks(_holding(9000), "u280")


def test_a_range_in_the_linkers_file(tmp_path):
    weights = dataclasses.replace(weigh().ports[2], elements=1 << 29)
    kernel = dataclasses.replace(weigh(), ports=(weights,), scalars=(), regions=1)
    project = Project("p", "P", "u55c", BOARDS["u55c"], 250.0, "0", (kernel,))
    write_project(project, tmp_path, library_root())
    assert "sp=weigh_1.weights:HBM[2:3]" in (tmp_path / "connectivity.cfg").read_text()


# -- test benches -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(tmp_path_factory) -> Path:
    if not shutil.which("g++"):
        pytest.skip("no g++")
    folder = write(tmp_path_factory.mktemp("project"))
    done = make(folder, "csim")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed") == 5
    return folder


@pytest.mark.skipif(not shutil.which("g++"), reason="no g++")
def test_csim_of_a_kernel_that_is_started_once(tmp_path):
    done = make(write(tmp_path, "u280"), "csim")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed") == 5


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("out0_sums_out.bin", ("float32", 1.0), "the largest difference is 1, at element 3"),
        ("out0_sums_out.bin", ("float32", np.nan), "the largest difference is inf, at element 3"),
        ("out1_products_out.bin", ("float16", 0.5), "the largest difference is 0.5"),
        ("out3_order_out.bin", ("int64", 1), "at element 3: 4611686018427387907, expected 4611686018427387908"),
        ("out4_positive_out.bin", ("bool", True), "1 of 5 elements (bool) are wrong; the largest difference is 1"),
    ],
)
def test_csim_fails_where_an_output_differs(checked, tmp_path, file, change, message):
    folder = shutil.copytree(checked, tmp_path / "copy")
    path = folder / "data/weigh" / file
    dtype, by = change
    values = np.fromfile(path, dtype)
    values[3] = values[3] ^ by if dtype == "bool" else values[3] + by
    values.tofile(path)
    done = make(folder, "csim")
    assert done.returncode != 0
    assert f"FAILED {file}: 1 of 5 elements" in done.stdout
    assert message in done.stdout
    assert done.stdout.count("passed") == 4


def test_csim_says_which_file_is_missing_or_short(checked, tmp_path):
    folder = shutil.copytree(checked, tmp_path / "copy")
    file = folder / "data/weigh/in0_rows.bin"
    file.write_bytes(file.read_bytes()[:-4])
    assert "FAILED: in0_rows.bin has 56 bytes, not 60" in make(folder, "csim").stdout
    file.unlink()
    assert "FAILED: cannot read data/weigh/in0_rows.bin" in make(folder, "csim").stdout


# -- the Makefile with stand-ins for Vitis, which write down how they were called --------------------------------------

STAND_IN = """\
#!/bin/sh
if [ "$1" = --version ]; then echo "****** v++ v{version} (64-bit)"; exit; fi
echo "${{STEP:+STEP=$STEP }}${{XCL_EMULATION_MODE:+XCL_EMULATION_MODE=$XCL_EMULATION_MODE }}{tool} $*" >> calls
while [ $# -gt 0 ]; do
  case "$1" in -o) mkdir -p "$(dirname "$2")"; : > "$2";; --package) : > build/hls/weigh.xo;; esac
  shift
done
"""


def _tools(folder: Path, version: str) -> Path:
    folder.mkdir()
    for tool in ("v++", "vitis-run", "vitis_hls", "emconfigutil"):
        (folder / tool).write_text(STAND_IN.format(tool=tool, version=version))
        (folder / tool).chmod(0o755)
    return folder


def _calls(folder: Path, tools: Path, target: str) -> list[str]:
    """What ``make target`` runs of Vitis."""
    (folder / "build").mkdir(exist_ok=True)
    host = folder / "build/host"
    host.write_text(STAND_IN.format(tool="build/host", version=""))
    host.chmod(0o755)
    os.utime(host, (2**31 - 1, 2**31 - 1))  # not to be made again
    done = make(folder, target, tools=tools)
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "calls").read_text().splitlines()


def test_unified_flow(tmp_path):
    folder, tools = write(tmp_path / "p"), _tools(tmp_path / "bin", "2024.2")
    compiled, packed, linked = _calls(folder, tools, "hw")
    assert compiled == "v++ -c --mode hls --config build/hls/weigh.cfg --work_dir build/hls/weigh"
    assert packed == "vitis-run --mode hls --package --config build/hls/weigh.cfg --work_dir build/hls/weigh"
    assert linked.startswith("v++ -l -t hw --platform xilinx_u55c_gen3x16_xdma_3_202210_1 --config connectivity.cfg")
    assert linked.endswith("-o build/hw/weigher.xclbin build/hw/weigh.xo")
    assert (folder / "build/hw/kernels.json").read_text() == (folder / "kernels.json").read_text()
    settings = (folder / "build/hls/weigh.cfg").read_text()
    assert f"syn.file={folder}/kernels/weigh.cpp" in settings
    assert "@ROOT@" not in settings.split("[hls]")[1]
    *_, emulated = _calls(folder, tools, "hw_emu")
    assert emulated == "XCL_EMULATION_MODE=hw_emu build/host build/hw_emu/weigher.xclbin"
    assert _calls(folder, tools, "cosim")[-1].startswith("vitis-run --mode hls --cosim")
    done = make(folder, "sw_emu", tools=tools)
    assert done.returncode != 0
    assert "Vitis 2024.2 has no sw_emu any more" in done.stderr


def test_classic_flow(tmp_path):
    folder, tools = write(tmp_path / "p"), _tools(tmp_path / "bin", "2022.2")
    compiled, linked, configured, emulated = _calls(folder, tools, "sw_emu")
    assert compiled.startswith("v++ -c -t sw_emu --platform xilinx_u55c_gen3x16_xdma_3_202210_1 -k weigh")
    assert compiled.endswith("-o build/sw_emu/weigh.xo kernels/weigh.cpp")
    assert linked.startswith("v++ -l -t sw_emu")
    assert configured.endswith("--od build/sw_emu")
    assert emulated == "XCL_EMULATION_MODE=sw_emu build/host build/sw_emu/weigher.xclbin"
    assert _calls(folder, tools, "cosim")[-1] == "STEP=cosim vitis_hls -f hls/weigh.tcl"


def test_2023_2_has_both(tmp_path):
    folder, tools = write(tmp_path / "p"), _tools(tmp_path / "bin", "2023.2")
    assert _calls(folder, tools, "sw_emu")[0].startswith("v++ -c -t sw_emu")
    assert _calls(folder, tools, "csynth")[-1].startswith("v++ -c --mode hls")


@pytest.mark.parametrize("target", ["csynth", "cosim", "hw_emu", "hw"])
def test_without_vitis_make_says_what_is_missing(target, tmp_path):
    done = make(write(tmp_path), target)
    assert done.returncode != 0
    assert "v++ is not on the PATH: source Vitis' settings64.sh first" in done.stderr


def test_the_v80_says_what_is_not_covered(tmp_path):
    folder = write(tmp_path, "v80")
    for target in ("hw", "hw_emu", "host"):
        done = make(folder, target)
        assert done.returncode != 0
        assert "the Alveo V80 is no Vitis platform" in done.stderr
    assert not (folder / "host").exists()
    assert not (folder / "connectivity.cfg").exists()


def test_help_shows_every_command(tmp_path):
    done = make(write(tmp_path))
    for command in ("g++ -std=c++17", "vitis-run --mode hls --cosim", "v++ -l -t hw_emu", "build/host build/hw/"):
        assert command in done.stdout


def test_manifest_has_what_a_loader_needs(tmp_path):
    (kernel,) = json.loads((write(tmp_path) / "kernels.json").read_text())["kernels"]
    assert kernel["identity"] == kernel_identity("weigh", SOURCE)
    assert kernel["instances"] == ["weigh_1"]
    assert [port["bytes"] for port in kernel["ports"][:2]] == [36, 24]
    assert kernel["scalars"] == [{"name": "row_elements", "value": 3}]

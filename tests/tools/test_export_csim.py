"""C simulation of exported projects: it agrees with eager PyTorch, and notices where it does not."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import torch

import torch_fpga
from tests.tools.exporting import HalfSearch, export, kernels, needs_gpp, random, swap_a_tie, tamper
from torch_fpga.runtime.toolchain import library_root


def csim(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), "csim", "CXXFLAGS=-O1 -Wall -Wextra -Werror"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run_with_stand_ins(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """The branch that Vitis compiles, with hls_lib's stand-ins for Vitis' headers."""
    root = library_root()
    include = [f"-I{root / 'tests/vitis'}", f"-I{folder / 'hls_lib/include'}", f"-I{folder / 'common'}"]
    include += ["-idirafter", str(folder / "hls_lib/emulation")]  # for ap_int.h
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"]
    flags += ["-Wno-unknown-pragmas", "-Wno-unused-label"]
    sources = [str(folder / "kernels" / f"{name}.cpp"), str(folder / "tb" / f"{name}_tb.cpp")]
    program = folder / "with_stand_ins"
    subprocess.run(["g++", *flags, "-DHLS_LIB_SYNTHESIS", *include, *sources, "-o", str(program)], check=True)
    return subprocess.run([program, folder / "data" / name], capture_output=True, text=True, check=False)


@needs_gpp
@pytest.mark.parametrize(
    ("case", "target", "channels", "outputs", "wrong"),
    [
        ("search", "u55c", 22, 3, ("out0_*.bin", torch.float32)),
        ("int8", "u280", 30, 2, ("out1_*.bin", torch.int64)),
        ("gather", "v80", 1, 1, ("out0_*.bin", torch.float32)),
        ("rows", "u280", 16, 1, ("out0_*.bin", torch.float32)),
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


def tied(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Whole numbers: nothing is rounded, and there are many of each."""
    best, where = x.topk(3, 0)
    return best, where, x.argmax(-1), x.argmin(0), (x.softmax(-1) * 0).argmax(-1)


@needs_gpp
def test_csim_takes_any_of_equal_values(tmp_path):
    model, query = HalfSearch(), random(64).half()
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


@needs_gpp
def test_csim_compares_bytes_without_a_sign(tmp_path):
    x = torch.arange(250, 256, dtype=torch.uint8)
    folder = torch_fpga.export(lambda x: x // 2 * 2, x, path=tmp_path / "p", placement="fpga")
    (file,) = folder.glob("data/*/out0_*.bin")
    assert file.read_bytes()[-1] == 254
    assert csim(folder).returncode == 0
    file.write_bytes(b"\xfd" * 6)
    assert "FAILED" in csim(folder).stdout

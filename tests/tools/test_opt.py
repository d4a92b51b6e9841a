"""``python -m torch_fpga.tools.opt``: what it prints, and what it says where it cannot."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from torch_fpga.tools.opt import main

TEXTS = Path(__file__).parents[1] / "passes" / "mlir"


def _text(name: str) -> str:
    return str(TEXTS / f"{name}.mlir")


def test_all_passes_to_a_kernel(capsys):
    passes = ["torch_to_mem", "canonicalize", "fuse_maps", "schedule_phases", "mem_to_hls", "size_fifos", "bind_memory"]
    assert main([*(f"--pass={name}" for name in passes), "--cpp", _text("torch_to_mem")]) == 0
    assert 'extern "C" void main(' in capsys.readouterr().out


def test_text_from_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(_text("mem_to_hls")).read_text()))
    assert main(["--pass", "mem_to_hls", "-"]) == 0
    assert "hls.kernel" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-file.mlir"], "No such file or directory: 'no-such-file.mlir'"),
        ([str(TEXTS)], "Is a directory"),
        ([__file__], "Unable to parse module"),
        (["--pass=mem_to_hls", _text("torch_to_mem")], "takes a module of the mem dialect, and this one is of torch"),
        (["--pass=torch_to_mem", _text("mem_to_hls")], "takes a module of the torch dialect, and this one is of mem"),
        (["--pass=fuse_maps", _text("bind_memory")], "takes a module of the mem dialect, and this one is of hls"),
        (["--pass=size_fifos", _text("fuse_maps")], "takes a module of the hls dialect, and this one is of mem"),
        (["--pass=mem_to_hls", _text("fold_casts")], "schedule_phases has not run"),
        (["--cpp", _text("mem_to_hls")], "--cpp takes a module of the hls dialect"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, words, capsys):
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.err.startswith("torch_fpga.tools.opt: ")
    assert words in said.err
    assert said.out == ""

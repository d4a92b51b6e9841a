"""The command line: explain, export, xclbin, and what it says where it is given something else."""

from __future__ import annotations

import json
import sys

import pytest

import torch_fpga
from torch_fpga.codegen.xclbin import Bank, KernelImage, write_xclbin
from torch_fpga.report import Report
from torch_fpga.tools import cli

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
    said = capsys.readouterr().out
    assert "README.md" in said
    assert "helper.py:2: return x.cumsum(-1)" in said
    assert "[initiation-interval]" in said, "what the lint finds"
    assert json.loads((tmp_path / "p/kernels.json").read_text())["target"] == "u280"
    assert cli.main(["export", *arguments]) == 1
    assert "exists and is not empty" in capsys.readouterr().err
    assert cli.main(["explain", f"{model_file}:make"]) == 0
    assert "cumsum" in capsys.readouterr().out


def test_the_command_writes_a_trace(model_file, tmp_path, capsys):
    arguments = ["trace", f"{model_file}:make", "--placement", "fpga", "--out", str(tmp_path / "trace.json")]
    assert cli.main(arguments) == 0
    assert "ui.perfetto.dev" in capsys.readouterr().out
    names = {event["name"] for event in json.loads((tmp_path / "trace.json").read_text())["traceEvents"]}
    assert {"fpga0", "cumsum"} <= names
    assert cli.main([*arguments[:-1], str(tmp_path / "none" / "trace.json")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_the_command_lints(model_file, capsys):
    arguments = ["lint", f"{model_file}:make"]
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out == "no region of the model goes to the FPGA\n"
    assert cli.main([*arguments, "--placement", "fpga"]) == 0
    said = capsys.readouterr().out
    assert "helper.py:2: return x.cumsum(-1)" in said
    assert "[initiation-interval]" in said


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

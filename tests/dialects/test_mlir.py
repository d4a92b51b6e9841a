"""The door to MLIR: an interrupt in the middle of a first compilation, and where MLIR looks for our dialects.

What could end the process it happens in runs in one of its own.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.dialects.fresh import script

IN_AN_IMPORT = """
calls = 0
def interrupt(frame, event, argument):
    global calls
    if event == "call" and frame.f_code.co_filename.endswith(sys.argv[1]):
        calls += 1
        if calls == 5:
            signal.raise_signal(signal.SIGINT)

sys.setprofile(interrupt)
try:
    lower()
    raise AssertionError("not interrupted")
except KeyboardInterrupt:
    sys.setprofile(None)
assert "kernel" in lower()
"""


@pytest.mark.parametrize("file", ["_mlir_libs/__init__.py", "dialects/_torch_ops_gen.py", "torch_fpga/dialects/hls.py"])
def test_an_import_that_was_interrupted(file, tmp_path):
    script(IN_AN_IMPORT, tmp_path, file)


AT_ANY_CALL = """
class Interrupt:
    def __init__(self, at):
        self.left = at

    def __call__(self, frame, event, argument):
        if event == "call" and ("torch_mlir" in frame.f_code.co_filename or "/torch_fpga/" in frame.f_code.co_filename):
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)

expected, at, interrupted = lower(), 1, 0
while True:
    profile = Interrupt(at)
    sys.setprofile(profile)
    try:
        lower()
    except KeyboardInterrupt:
        interrupted += 1
    finally:
        sys.setprofile(None)
    assert lower() == expected
    if profile.left > 0:
        break
    at += int(sys.argv[1])
print(interrupted)
"""


def test_an_interrupt_at_any_call(tmp_path):
    assert int(script(AT_ANY_CALL, tmp_path, "397")) > 10


CALLBACK = """
from torch_fpga.stages import context
from torch_fpga.dialects import mlir
interrupted = []
def interrupt(op):
    if not interrupted:
        interrupted.append(op)
        signal.raise_signal(signal.SIGINT)
        for _ in range(100): pass
    return mlir.ir.WalkResult.ADVANCE
try:
    with context():
        module = mlir.ir.Module.parse("")
        module.operation.walk(interrupt)
        interrupted.append("walked to the end")
    raise AssertionError("not interrupted")
except KeyboardInterrupt:
    assert interrupted[1:] == ["walked to the end"]
lower()
"""


def test_a_callback_of_cpp_is_not_interrupted(tmp_path):
    script(CALLBACK, tmp_path)


IN_A_COMPILATION = """
import signal, sys, torch
options = {"placement": "fpga", "device": "emulation"}
def f(x):
    return x.cumsum(-1)
def run():
    torch._dynamo.reset()
    x = torch.arange(12.0).reshape(3, 4)
    with torch.no_grad():
        assert torch.equal(torch.compile(f, backend="fpga", options=options)(x), f(x))
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
try:
    run()
    print("whole")
except KeyboardInterrupt:
    print("interrupted")
signal.setitimer(signal.ITIMER_REAL, 0)
run()
import torch_fpga
(graph,) = torch_fpga.last_report().graphs[-1:]
assert [region.compiled_by for region in graph.regions] == ["hls"], graph.fallbacks
"""


@pytest.mark.slow
def test_a_compilation_interrupted_at_any_time(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_AUTOGRAD_CACHE", "0")
    ends = set()
    for number in range(30):
        monkeypatch.setenv("TORCH_FPGA_CACHE", str(tmp_path / str(number)))
        command = [sys.executable, "-c", IN_A_COMPILATION, str(0.25 * (number + 1))]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        ends.add(done.stdout)
    assert "interrupted\n" in ends


FAILING_IMPORTS = """
class Watch:
    def find_spec(self, name, *_):
        asked.append(name)

asked = []
sys.meta_path.append(Watch())  # asked last, for what nobody else has found
lower()
print([name for name in asked if ".dialects." in name])
"""


def test_every_dialect_is_found_at_once(tmp_path):
    assert script(FAILING_IMPORTS, tmp_path).strip() == "[]"


BROKEN = """
class Broken:
    def find_spec(self, name, *_):
        if name == "torch_mlir.extras":
            raise RuntimeError("no disk")

sys.meta_path.insert(0, Broken())
for _ in range(2):
    try:
        lower()
    except torch_fpga.errors.ToolError as error:
        print(error)
"""


def test_an_import_that_failed_is_told(tmp_path):
    told = script("import torch_fpga.errors" + BROKEN, tmp_path)
    assert told.count("no disk [no-mlir]") == 2
    assert told.count("start the process anew") == 2

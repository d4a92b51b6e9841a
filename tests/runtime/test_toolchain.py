"""The C++ compiler of emulated kernels, and the flags that a user adds."""

from __future__ import annotations

import pytest

from torch_fpga.runtime.toolchain import FLAGS, compile_cpp, toolchain


@pytest.mark.parametrize(("given", "optimised"), [("", True), ("-O0 -g", False)])
def test_flags_of_the_user_come_last(monkeypatch, tmp_path, given, optimised):
    monkeypatch.setenv("TORCH_FPGA_CXXFLAGS", given)
    chain = toolchain()
    assert chain.flags == (*FLAGS, *given.split())
    text = "static_assert(OPTIMISED == __OPTIMIZE__ + 0);" if optimised else "#ifdef __OPTIMIZE__\n#error on\n#endif"
    (tmp_path / "a.cpp").write_text(text.replace("OPTIMISED", "1"))
    compile_cpp(chain, ["-c", "a.cpp", "-o", "a.o"], tmp_path)


def test_other_flags_are_other_kernels(monkeypatch):
    monkeypatch.setenv("TORCH_FPGA_CXXFLAGS", "")
    plain = toolchain().identity
    monkeypatch.setenv("TORCH_FPGA_CXXFLAGS", "-O0")
    assert toolchain().identity != plain

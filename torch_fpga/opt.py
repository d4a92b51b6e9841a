"""Runs MLIR passes on text: ``python -m torch_fpga.opt --pass fold_casts file.mlir`` (``-`` for standard input)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torch_fpga.codegen.cpp import print_kernel
from torch_fpga.dialects import mlir
from torch_fpga.passes.mlir.pipeline import MLIR_PASSES, run_mlir


def main(arguments: list[str] | None = None) -> int:
    """Prints the module after the passes, or with ``--cpp`` the kernel's C++."""
    parser = argparse.ArgumentParser(prog="torch_fpga.opt", description=__doc__)
    parser.add_argument("file", help="MLIR text, or - for standard input")
    parser.add_argument(
        "--pass", dest="passes", action="append", default=[], choices=sorted(MLIR_PASSES), help="may be given again"
    )
    parser.add_argument("--cpp", action="store_true", help="print the kernel as C++ instead of MLIR")
    chosen = parser.parse_args(arguments)
    text = sys.stdin.read() if chosen.file == "-" else Path(chosen.file).read_text()
    with mlir.context():
        module = mlir.ir.Module.parse(text)
        module = run_mlir(module, [MLIR_PASSES[name] for name in chosen.passes], lambda name, module: None)
        print(print_kernel(module) if chosen.cpp else module)
    return 0


if __name__ == "__main__":
    sys.exit(main())

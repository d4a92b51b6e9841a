"""Runs MLIR passes on text: ``python -m torch_fpga.tools.opt --pass NAME file.mlir`` (``-`` for standard input)."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from torch_fpga.codegen.cpp import print_kernel
from torch_fpga.dialects import mlir
from torch_fpga.errors import FpgaError, UserError
from torch_fpga.options import Options
from torch_fpga.passes.mlir.pipeline import MLIR_PASSES, ON, TO_KERNEL, canonicalize, run_mlir
from torch_fpga.stages import context
from torch_fpga.targets.kernel import KernelOptions, kernel_options


def main(arguments: list[str] | None = None) -> int:
    """Prints the module after the passes, or with ``--cpp`` the kernel's C++; 1 where it cannot."""
    parser = argparse.ArgumentParser(prog="torch_fpga.tools.opt", description=__doc__)
    parser.add_argument("file", help="MLIR text, or - for standard input")
    parser.add_argument(
        "--pass", dest="passes", action="append", default=[], choices=sorted(MLIR_PASSES), help="may be given again"
    )
    parser.add_argument("--target", default=Options.target, help="the card that it is for")
    parser.add_argument("--cpp", action="store_true", help="print the kernel as C++ instead of MLIR")
    chosen = parser.parse_args(arguments)
    try:
        print(_run(chosen.file, chosen.passes, kernel_options(Options(target=chosen.target).target), chosen.cpp))
    except (OSError, UnicodeError, FpgaError, mlir.ir.MLIRError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _run(file: str, passes: list[str], options: KernelOptions, cpp: bool) -> str:
    text = sys.stdin.read() if file == "-" else Path(file).read_text()
    with context():
        module = mlir.ir.Module.parse(text)
        for name in passes:
            _check_level(module, f"the pass {name}", [on for on, steps in ON.items() if MLIR_PASSES[name] in steps])
            module = run_mlir(module, [MLIR_PASSES[name]], options, lambda name, module: None)
        if not cpp:
            return str(module)
        _check_level(module, "--cpp", ["hls"])
        return print_kernel(module)


def _check_level(module: mlir.ir.Module, what: str, levels: list[str]) -> None:
    """Raises UserError for a module of a later or earlier dialect. MLIR's own passes take any."""
    text = str(module)
    # The last of them that occurs: bodies of hls.map hold scalars of mem.
    level = next((name for name in reversed(ON) if re.search(rf"\b{name}\.", text)), "")
    if level not in levels and what != f"the pass {canonicalize.__name__}":
        raise UserError(
            f"{what} takes a module of the {levels[0]} dialect, and this one is of {level or 'none of ours'}",
            hint=f"the passes in their order are {', '.join(dict.fromkeys(step.__name__ for step in TO_KERNEL))}",
        )


if __name__ == "__main__":
    sys.exit(main())

"""``torch-fpga``: what a person asks from a shell."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch_fpga
from torch_fpga.errors import FpgaError, UserError

if TYPE_CHECKING:
    from torch_fpga.options import Options
    from torch_fpga.report import Report
    from torch_fpga.runtime.device import Device


def main(arguments: list[str] | None = None) -> int:
    """Runs a subcommand; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="torch-fpga", description="LLM inference on a GPU and an FPGA")
    parser.add_argument("--version", action="version", version=f"torch_fpga {torch_fpga.__version__}")
    commands = parser.add_subparsers(required=True)
    doctor = commands.add_parser("doctor", help="say whether this machine can build and run kernels, and how")
    doctor.set_defaults(run=_doctor)
    explain = commands.add_parser("explain", help="say what of a model would run where, and why", epilog=_MODEL)
    explain.add_argument("--html", metavar="FILE", type=Path, help="write the report as a page too, the graph drawn")
    explain.add_argument("--json", metavar="FILE", type=Path, help="write the report as data too")
    explain.set_defaults(run=_explain)
    cycles = commands.add_parser(
        "cycles", help="run a model's kernels in emulation, and tell their cycles", epilog=_MODEL
    )
    cycles.add_argument(
        "--style", choices=("stp", "flp"), default="stp", help="of pipelines: stalled, HLS's default; flushed"
    )
    cycles.add_argument("--fifos", action="store_true", help="find the least depth of each FIFO that slows no kernel")
    cycles.add_argument("--trace", metavar="FILE", type=Path, help="write when each task runs: for ui.perfetto.dev")
    cycles.add_argument("--json", metavar="FILE", type=Path, help="write the report as data")
    cycles.set_defaults(run=_cycles)
    trace = commands.add_parser("trace", help="write when each task of a model's kernels would run", epilog=_MODEL)
    trace.add_argument("--out", metavar="FILE", type=Path, required=True, help="JSON that ui.perfetto.dev opens")
    trace.set_defaults(run=_trace)
    export = commands.add_parser("export", help="write a Vitis project for a model's FPGA regions", epilog=_MODEL)
    export.add_argument("--path", required=True, help="the folder to write")
    export.add_argument("--overwrite", action="store_true", help="replace an earlier export there")
    export.set_defaults(run=_export)
    lint = commands.add_parser("lint", help="say what Vitis HLS would refuse or make slow", epilog=_MODEL)
    lint.set_defaults(run=_lint)
    for command in (explain, cycles, trace, export, lint):
        command.add_argument("model", metavar="FILE.py:NAME", help="what makes the model and its inputs (see below)")
        for option in ("target", "host", "placement"):
            command.add_argument(f"--{option}", help=f"the backend's option {option}", default=argparse.SUPPRESS)
    xclbin = commands.add_parser("xclbin", help="print what is in an xclbin")
    xclbin.add_argument("file", type=Path)
    xclbin.set_defaults(run=_xclbin)
    cache = commands.add_parser("cache", help="say what is in the cache of built kernels, and make it smaller")
    cache.add_argument("--limit", type=float, metavar="GB", help="evict what was used longest ago, down to so much")
    cache.add_argument("--clear", action="store_true", help="evict all that no process uses")
    cache.set_defaults(run=_cache)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except FpgaError as error:
        print(error, file=sys.stderr)
        return 1


_MODEL = (
    "FILE.py:NAME is a Python file and the name of a function in it that takes nothing and returns (model, inputs):"
    " a module or function, and a tuple of what it is called with. It is called under torch.no_grad()."
)


def _explained(chosen: argparse.Namespace) -> Report:
    import torch

    model, inputs = _load(chosen.model)
    with torch.no_grad():
        return torch_fpga.explain(model, *inputs, **_options(chosen))


def _trace(chosen: argparse.Namespace) -> int:
    report = _explained(chosen)
    with _reported():
        chosen.out.write_text(report.trace())
    print(f"{chosen.out}: open it at ui.perfetto.dev or chrome://tracing")
    return 0


def _cycles(chosen: argparse.Namespace) -> int:
    import torch

    from torch_fpga.report.cycles import render_cycles

    model, inputs = _load(chosen.model)
    with torch.no_grad():
        report = torch_fpga.cycles(model, *inputs, style=chosen.style, fifos=chosen.fifos, **_options(chosen))
    print(render_cycles(report))
    with _reported():
        if chosen.trace:
            chosen.trace.write_text(report.trace())
        if chosen.json:
            report.to_json(chosen.json)
    return 0


def _explain(chosen: argparse.Namespace) -> int:
    report = _explained(chosen)
    print(report)
    with _reported():
        if chosen.html:
            report.save_html(chosen.html)
        if chosen.json:
            report.to_json(chosen.json)
    return 0


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """Tells a person why a report cannot be written."""
    try:
        yield
    except OSError as error:
        raise UserError(f"the report cannot be written: {error}", code="path-not-writable") from error


def _export(chosen: argparse.Namespace) -> int:
    import torch

    from torch_fpga.codegen.vitis import LINT

    model, inputs = _load(chosen.model)
    with torch.no_grad():
        path = torch_fpga.export(model, *inputs, path=chosen.path, overwrite=chosen.overwrite, **_options(chosen))
    for findings in sorted((path / LINT).iterdir()):
        print(f"== {findings.stem}, what the lint finds")
        print(findings.read_text(), end="")
    print(f"{path}: see README.md there; `make -C {path} csim` runs the kernels")
    return 0


def _lint(chosen: argparse.Namespace) -> int:
    """1 where Vitis would refuse something or make it wrong."""
    designs = {
        f"{graph.title} {region.id}": region.design
        for graph in _explained(chosen).graphs
        for region in graph.on("fpga")
        if region.design is not None
    }
    for region, design in designs.items():
        print(f"== {region}: {len(design.findings)} findings")
        for finding in design.findings:
            print(finding)
    if not designs:
        print("no region of the model goes to the FPGA")
    return int(any(finding.severity == "error" for design in designs.values() for finding in design.findings))


def _xclbin(chosen: argparse.Namespace) -> int:
    from torch_fpga.codegen.xclbin import read_xclbin, render

    if not chosen.file.is_file():
        raise UserError(f"{chosen.file} is not a file")
    print(render(read_xclbin(chosen.file)))
    return 0


def _cache(chosen: argparse.Namespace) -> int:
    import time

    from torch_fpga.options import default_cache_dir
    from torch_fpga.runtime.cache import LIMIT, Cache, gigabytes

    cache = Cache(default_cache_dir())
    if cache.note:
        raise UserError(cache.note)
    try:
        limit = 0 if chosen.clear else None if chosen.limit is None else gigabytes(chosen.limit)
    except (ValueError, OverflowError):
        raise UserError(f"--limit {chosen.limit} is not a number of GB, 0 or more") from None
    before = cache.entries()
    if limit is not None:
        cache.trim(limit)
    entries = cache.entries()
    print(f"{cache.root}: {_megabytes(sum(e.bytes for e in entries))} in {len(entries)} entries")
    if entries:
        now = time.time()
        print(f"last used: {_ago(now - entries[0].used)} (oldest) to {_ago(now - entries[-1].used)}")
    if limit is not None:
        print(f"evicted: {len(before) - len(entries)} entries")
    print(f"limit: {_megabytes(cache.limit)} ({LIMIT} sets it, in GB); what was used longest ago goes first")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _ago(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} seconds ago"


def _options(chosen: argparse.Namespace) -> dict[str, str]:
    return {name: value for name, value in vars(chosen).items() if name in ("target", "host", "placement")}


def _load(place: str) -> tuple[Any, Sequence[Any]]:
    """Runs the user's file, and its function that makes the model and its inputs."""
    file, _, name = place.rpartition(":")
    path = Path(file)
    if path.suffix != ".py" or not path.is_file():
        raise UserError(f"{place!r} does not name a Python file", hint="FILE.py:NAME, for example model.py:make")
    sys.path.insert(0, str(path.absolute().parent))  # as `python FILE.py` would
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    make = getattr(module, name, None)
    if not callable(make):
        raise UserError(f"{path} has no function {name!r}", hint=_MODEL)
    made = make()
    if not (isinstance(made, tuple) and len(made) == 2 and callable(made[0]) and isinstance(made[1], (tuple, list))):
        raise UserError(f"{place} does not return a model and a tuple of its inputs", hint=_MODEL)
    return made


def _doctor(_: argparse.Namespace) -> int:
    import torch

    from torch_fpga.options import Options
    from torch_fpga.runtime.open_device import open_device

    options = Options()
    device = open_device(options.device, options.cache_dir, options.timeout)
    print(f"torch_fpga {torch_fpga.__version__}, torch {torch.__version__}")
    print(f"kernels run on: {device.name} ({device.reason})")
    print(f"cache: {options.cache_dir}")
    try:
        print(f"a kernel was built and run: {_try_kernel(options, device)}")
    except FpgaError as error:
        print(f"no kernel can be built or run: {error}")
        return 1
    return 0


def _try_kernel(options: Options, device: Device) -> str:
    """Builds and runs the smallest kernel there is, and checks its answer."""
    import torch
    from torch.fx.experimental.proxy_tensor import make_fx

    from torch_fpga.compiler.lower import lower
    from torch_fpga.debug import Dump
    from torch_fpga.errors import InternalError
    from torch_fpga.runtime.build import build
    from torch_fpga.runtime.cache import Cache
    from torch_fpga.runtime.launch import Launch
    from torch_fpga.targets.kernel import kernel_options

    x = torch.arange(8.0)
    graph = make_fx(lambda x: (x.cumsum(-1),), tracing_mode="fake")(x)
    lowered = lower(graph, "doctor", Dump(), kernel_options(options.target))
    cache = Cache(options.cache_dir)
    built = build(lowered.name, lowered.source, lowered.signature, cache).result()
    (kernel,) = device.load([built]).kernels
    launch = Launch(kernel)
    if not torch.equal(launch(x)[0], x.cumsum(-1)):
        raise InternalError("the kernel's answer is wrong", code="kernel-failed")
    note = f"; {cache.note}" if cache.note else ""
    return f"{'from the cache' if built.cache_hit else 'built'} in {built.seconds:.2f} s{note}"


if __name__ == "__main__":
    sys.exit(main())

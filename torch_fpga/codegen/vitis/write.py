"""Writes a project to a folder: texts from ``templates``, kernels as they are, golden data as raw bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jinja2

from torch_fpga.codegen.identity import kernel_identity
from torch_fpga.codegen.persistent import HEADER
from torch_fpga.codegen.vitis.golden import TOLERANCES, comparison, golden_files, manifest
from torch_fpga.codegen.vitis.memory import Banks, bind
from torch_fpga.codegen.vitis.project import Project, ProjectBuffer, ProjectKernel, ProjectPort

MANIFEST = "kernels.json"
"""The file that says what is in a project. It is what ``device="hw"`` reads."""

LINT = "lint"
"""The folder in a project that has what the lint finds in each kernel, ``NAME.txt``."""

_TEMPLATES = Path(__file__).parent / "templates"
_ALWAYS = ("Makefile", "README.md", MANIFEST, "common/golden.hpp")
_LINKED = ("connectivity.cfg", "host/kernels.hpp", "host/host.cpp", "host/host.py")
_EACH_KERNEL = {"tb/{}_tb.cpp": "tb.cpp", "hls/{}.cfg": "hls.cfg", "hls/{}.tcl": "hls.tcl"}


def write_project(project: Project, folder: Path, library: Path) -> None:
    """Fills the empty ``folder``. ``library`` is the root of hls_lib.

    Raises:
        UserError: the buffers do not fit the card's memory.
    """
    environment = _environment(project, bind(project.kernels, project.board))
    for path in (*_ALWAYS, *(_LINKED if project.board.platform else ())):
        _write(folder / path, _text(environment, Path(path).name))
    for kernel in project.kernels:
        _write(folder / "kernels" / f"{kernel.name}.cpp", kernel.written)
        for pattern, name in _EACH_KERNEL.items():
            _write(folder / pattern.format(kernel.name), _text(environment, name, kernel=kernel))
        _write_golden(folder / "data" / kernel.name, kernel)
        _write(folder / LINT / f"{kernel.name}.txt", "".join(f"{finding.text}\n" for finding in kernel.findings))
    for part in ("include", "emulation"):
        shutil.copytree(library / part, folder / "hls_lib" / part)


def _environment(project: Project, banks: dict[tuple[str, ProjectBuffer], Banks]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def entry(kernel: ProjectKernel, port: ProjectPort) -> dict[str, Any]:
        buffer = kernel.buffer(port)
        return {
            "name": port.name,
            "role": port.role,
            "bundle": port.bundle,
            "banks": [banks[unit, buffer] for unit in kernel.instances],
            "buffer": kernel.buffers.index(buffer),
            "bytes": buffer.bytes,
            "channel": buffer.channel,
            "channels": buffer.channels,
            "first_byte": buffer.first_byte,
            "file": kernel.group(port).file,
        }

    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    environment.filters |= {"hbm": _hbm, "wrapped": _wrapped}
    environment.globals |= {
        "project": project,
        "board": project.board,
        "banks": banks,
        "clock_ns": f"{1e3 / project.clock_mhz:.3g}",
        "sizes": {kernel.name: sum(t.data.size for t in kernel.files.values()) for kernel in project.kernels},
        "tolerances": TOLERANCES,
        "comparison": comparison,
        "identity": kernel_identity,
        "entry": entry,
        "header": HEADER,
    }
    return environment


def _text(environment: jinja2.Environment, name: str, **context: Any) -> str:
    """A file of the project: rendered, where it is a template, else as it is."""
    if (_TEMPLATES / name).is_file():
        return (_TEMPLATES / name).read_text()
    return environment.get_template(f"{name}.jinja").render(context)


def _hbm(banks: Banks) -> str:
    """As v++ spells channels: ``HBM[3]``, or ``HBM[3:5]``."""
    first, last = banks
    return f"HBM[{first}]" if first == last else f"HBM[{first}:{last}]"


def _wrapped(parts: list[str], indent: int, start: int) -> str:
    """``parts`` joined by commas, on lines of at most 118 characters."""
    lines, length = [""], start
    for i, part in enumerate(parts):
        piece = part + ("," if i < len(parts) - 1 else "")
        if lines[-1] and length + 1 + len(piece) > 118:
            lines.append(" " * indent)
            length = indent
        lines[-1] += (" " if lines[-1].strip() else "") + piece
        length += 1 + len(piece)
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _write_golden(folder: Path, kernel: ProjectKernel) -> None:
    folder.mkdir(parents=True)
    for file, data in golden_files(kernel.files).items():
        data.tofile(folder / file)
    entries = ",\n".join(f"  {json.dumps(entry)}" for entry in manifest(kernel.files))
    _write(folder / "manifest.json", f"[\n{entries}\n]\n")

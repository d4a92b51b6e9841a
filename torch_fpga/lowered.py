"""What lowering makes of a graph, kept on disk: a graph seen before needs no MLIR, whose import alone takes long.

The key is all that lowering reads: the graph as text, the kernel's name, and the compiler itself, which is torch's
version, every source and table of this package, and torch-mlir. Where somebody wants to see the steps, they are taken.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
from pathlib import Path

import torch
from torch import fx

from torch_fpga.debug import CPP, Dump
from torch_fpga.graph_text import graph_text
from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.signature import Signature
from torch_fpga.runtime.signature_json import signature_from_json, signature_to_json

_FILE = "lowered.json"


@dataclasses.dataclass(frozen=True)
class Lowered:
    """A kernel's text and what it takes and gives."""

    name: str
    source: str
    signature: Signature


def lowered_once(graph: fx.GraphModule, name: str, dump: Dump, cache: Cache) -> Lowered:
    """``lower``, or what it gave for an equal graph. Raises what it raises."""
    text = None if dump.wants(CPP) else graph_text(graph)
    if text is None:
        return _lower(graph, name, dump)

    def make(folder: Path) -> None:
        (folder / _FILE).write_text(_to_json(_lower(graph, name, dump)))

    folder, _ = cache.entry(key_of("lowered", name, text, compiler_key()), make)
    return _from_json((folder / _FILE).read_text())


def _to_json(lowered: Lowered) -> str:
    signature = signature_to_json(lowered.signature)
    return json.dumps({"name": lowered.name, "source": lowered.source, "signature": signature})


def _from_json(text: str) -> Lowered:
    read = json.loads(text)
    return Lowered(read["name"], read["source"], signature_from_json(read["signature"]))


def _lower(graph: fx.GraphModule, name: str, dump: Dump) -> Lowered:
    from torch_fpga.lower import lower  # here, because it imports torch-mlir

    return lower(graph, name, dump)


@functools.cache
def compiler_key() -> str:
    """What compiles: our sources and tables by what they say; torch-mlir, which is large, by files' sizes and times."""
    ours = (f"{name}\n{file.read_text()}" for name, file in _files("torch_fpga", "*.py", "*.toml"))
    stats = ((name, file.stat()) for name, file in _files("torch_mlir", "*.py", "*.so*"))
    theirs = (f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)
    return key_of(torch.__version__, str(torch.version.git_version), *ours, *theirs)


def _files(package: str, *patterns: str) -> list[tuple[str, Path]]:
    """The files of a package by their names in it. Does not import it."""
    spec = importlib.util.find_spec(package)
    homes = [Path(home) for home in (spec.submodule_search_locations or ())] if spec else []
    files = [(file.relative_to(home), file) for home in homes for pattern in patterns for file in home.rglob(pattern)]
    return sorted((name.as_posix(), file) for name, file in files)

"""Asks early what Inductor asks late: which vector instructions this CPU and its C++ compiler have.

Inductor asks child processes, one after the other, and waits a second for them in every new process, at the end of
the first compilation, even if all else is cached. Here a thread asks while the graph is captured, and Inductor waits
for what is left. Two must not ask at once, because Inductor changes its compiler flags while it asks. The answer is
kept on disk: the next process asks nobody. With the answer, Inductor's C++ header is looked after: it is compiled
once a machine, and a child process looks in every new process whether it is still the same.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.runtime.toolchain import toolchain

_FILE = "vector_instructions.json"

# The thread that asks or asked in this process; None where the answer was on disk.
_asking: list[threading.Thread | None] = []
_lock = threading.Lock()


def ask_early(example_inputs: Sequence[Any], cache_dir: str) -> None:
    """Starts asking, once a process, if there may be code to compile for this CPU."""
    if not any(isinstance(x, torch.Tensor) and x.device.type == "cpu" for x in example_inputs):
        return
    with _lock:
        if not _asking:
            _asking.append(_start(cache_dir))


def _start(cache_dir: str) -> threading.Thread | None:
    # What the threads use of Inductor is imported here: its modules need each other, and two importers could trip.
    from torch._inductor import codecache, config, cpp_builder, cpu_vec_isa  # noqa: F401

    ask = cpu_vec_isa.valid_vec_isa_list
    cache, key, known = Cache(cache_dir), None, None
    with contextlib.suppress(Exception):  # no compiler, or nothing readable: Inductor's way is left
        if config.cpp.vec_isa_ok is None:  # else somebody has answered already
            key = key_of(_FILE, torch.__version__, repr(config.cpp.cxx), toolchain().identity)
        known = _read(cache.root / key / _FILE) if key and cache.has(key) else None
    if known:
        cpu_vec_isa.valid_vec_isa_list = lambda: known  # type: ignore[assignment]
        _in_background("header", _look_after_header)
        return None

    def asked() -> None:
        answer = ask()
        _in_background("header", _look_after_header)
        if key and _all_there_is(answer):
            cache.entry(key, lambda folder: _write(folder, answer))

    asking = _in_background("probe", asked)

    def answer() -> Any:
        asking.join()  # a lock would stay locked in a process that was forked meanwhile
        return ask()

    cpu_vec_isa.valid_vec_isa_list = answer  # type: ignore[assignment]
    return asking


def _in_background(name: str, function: Callable[[], None]) -> threading.Thread:
    def quietly() -> None:
        with contextlib.suppress(Exception):  # Inductor does it again, and says what it thinks of it.
            function()

    # Inductor's settings belong to a context.
    run = contextvars.copy_context().run
    thread = threading.Thread(target=run, args=(quietly,), name=f"torch_fpga-{name}", daemon=True)
    thread.start()
    return thread


def _look_after_header() -> None:
    from torch._inductor.codecache import CppPythonBindingsCodeCache

    # What it returns would compile a kernel; the header comes before.
    CppPythonBindingsCodeCache.load_pybinding_async([], "")


def _write(folder: Path, known: list[Any]) -> None:
    (folder / _FILE).write_text(json.dumps({type(isa).__name__: _parts(isa) for isa in known}))


def _read(file: Path) -> list[Any]:
    """The answer that was kept. Raises KeyError for instructions that this PyTorch does not know.

    Raises OSError where the kernel does not give this process the tiles that it gave another: asking switches them on.
    """
    from torch._inductor import cpu_vec_isa

    known = {type(isa).__name__: isa for isa in cpu_vec_isa.supported_vec_isa_list}
    answer = []
    for name, parts in json.loads(file.read_text()).items():
        if isinstance(known[name], cpu_vec_isa.VecAMX) and not torch.cpu._init_amx():
            raise OSError("this process may not use the CPU's tiles")
        for part, supported in parts.items():
            setattr(known[name], part, supported)
        answer.append(known[name])
    return answer


def _parts(isa: Any) -> dict[str, bool]:
    """What Inductor asks beside, for some instructions: ``_is_avx512_bf16_supported`` and the like."""
    return {name: getattr(isa, name) for name in dir(isa) if name.startswith("_is_")}


def _all_there_is(known: list[Any]) -> bool:
    """Whether an answer can be kept: if a child failed for want of memory, Inductor would go without for good."""
    from torch._inductor import cpu_vec_isa

    flags = cpu_vec_isa.x86_isa_checker()
    fitting = [isa for isa in cpu_vec_isa.supported_vec_isa_list if set(str(isa).split()) <= set(flags)]
    parts = [part for isa in known for part in _parts(isa).items()]
    return bool(known) and known == fitting and all(getattr(torch.cpu, name)() == found for name, found in parts)

"""Asks early what Inductor asks late: which vector instructions this CPU and its C++ compiler have.

Inductor asks child processes, one after the other, and waits a second for them in every new process, at the end of
the first compilation, even if all else is cached. Here a thread asks while the graph is captured, and Inductor waits
for what is left. Two must not ask at once, because Inductor changes its compiler flags while it asks.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch


def ask_early(example_inputs: Sequence[Any]) -> None:
    """Starts asking, once a process, if there may be code to compile for this CPU."""
    if any(isinstance(x, torch.Tensor) and x.device.type == "cpu" for x in example_inputs):
        _start()


@functools.cache
def _start() -> threading.Thread:
    # What the thread uses of Inductor is imported here: its modules need each other, and two importers could trip.
    from torch._inductor import codecache, cpp_builder, cpu_vec_isa  # noqa: F401

    ask = cpu_vec_isa.valid_vec_isa_list
    # Inductor's settings belong to a context.
    asking = threading.Thread(
        target=contextvars.copy_context().run, args=(_quietly, ask), name="torch_fpga-probe", daemon=True
    )

    def answer() -> Any:
        asking.join()  # a lock would stay locked in a process that was forked meanwhile
        return ask()

    cpu_vec_isa.valid_vec_isa_list = answer  # type: ignore[assignment]
    asking.start()
    return asking


def _quietly(ask: Callable[[], Any]) -> None:
    with contextlib.suppress(Exception):  # Inductor asks again, and says what it thinks of it.
        ask()

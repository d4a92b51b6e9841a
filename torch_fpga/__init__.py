"""torch_fpga: ``torch.compile(model, backend="fpga")`` for machines with a GPU and an FPGA, and for those without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch_fpga.version import __version__

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import torch

    from torch_fpga.report import Report

__all__ = ["__version__", "cycles", "explain", "export", "last_report", "refresh"]


def explain(model: torch.nn.Module, *inputs: Any, **options: Any) -> Report:
    """What would run where, and why: captures and places ``model`` for ``inputs``, and builds nothing.

    It says what a call would do that stands in its place: where gradients are on and a result needs one, nothing is
    offloaded, so call it inside ``torch.no_grad()``. Sizes are taken as fixed, whatever was compiled before.

    Args:
        model: a module or function, compiled or not. It is run once, in eager PyTorch.
        inputs: its positional arguments.
        options: those of the backend, e.g. ``target="u280"`` (``torch_fpga.options.Options``).

    Returns:
        The report: print it, ``to_json()``, ``save_html(path)``.

    Raises:
        UserError: an option is not known.
    """
    from torch_fpga.tools.explain import explain as run

    return run(model, *inputs, **options)


def cycles(
    model: torch.nn.Module, *inputs: Any, style: Literal["stp", "flp"] = "stp", fifos: bool = False, **options: Any
) -> Report:
    """The report of ``explain`` with the cycles of a log: each kernel is built and run once in emulation.

    What its tasks do is taken from the run, and how long their loops take from what the stages state; so the clock is a
    card's, and what the tasks wait for is known.

    Args:
        model: a module or function, compiled or not. It is run once, in eager PyTorch, its kernels beside it.
        inputs: its positional arguments.
        style: of pipelines. ``stp``, what HLS makes by default: one stands as a whole while its next iteration lacks an
            input, and holds back what it has. ``flp``: each iteration goes on as far as it can.
        fifos: also find the least depth of each FIFO that does not slow its kernel: a second to a minute a kernel.
        options: those of the backend, e.g. ``target="u280"`` (``torch_fpga.options.Options``).

    Returns:
        The report. The ``design`` of each FPGA region has ``known="cycle"``.

    Raises:
        UserError: an option is not known.
        ToolError: a kernel would deadlock on a card, by the names of its tasks; a log grew too long; no compiler.
        FpgaError: a run failed, so there is no log of it.
    """
    from torch_fpga.tools.cycles import cycles as run

    return run(model, *inputs, style=style, fifos=fifos, **options)


def export(
    model: torch.nn.Module, *inputs: Any, path: str | os.PathLike[str], overwrite: bool = False, **options: Any
) -> Path:
    """Writes a Vitis project for the FPGA regions of ``model``: what it takes to bring them to a card.

    It holds the kernels and the templates they are made of, test benches with golden data, settings for HLS and for the
    linker, host programs, a Makefile and a README. ``make csim`` in it runs the kernels with g++ alone. The rest needs
    AMD's Vitis, with which it has not been run yet. Call it inside ``torch.no_grad()``, as you would the model: where
    gradients are on and a result needs one, there is nothing to export.

    Args:
        model: a module or function, compiled or not. It is run once, in eager PyTorch; the tensors that its FPGA
            regions take and give are the golden data.
        inputs: its positional arguments. They should be like real ones, since the kernels are compared on them.
        path: the folder to write. It must not exist, or be empty.
        overwrite: replace an earlier export at ``path``.
        options: those of the backend, e.g. ``target="u280"`` (``torch_fpga.options.Options``).

    Returns:
        The folder.

    Raises:
        UserError: ``path`` is taken; no region goes to the FPGA (the message says why and what to do); the kernels'
            buffers do not fit the card's memory; an option is not known.
    """
    from torch_fpga.tools.export import export as run

    return run(model, *inputs, path=path, overwrite=overwrite, **options)


def refresh(model: torch.nn.Module | torch.Tensor | None = None) -> None:
    """Sends parameters and buffers to the device anew with the next call, whatever is known of them there.

    For writes that nobody can see; with ``residency="trusted"`` also for those that PyTorch does not tell of: through
    ``.data``, NumPy, DLPack or shared memory. Does nothing where nothing was sent.

    Args:
        model: a module, compiled or not, or one tensor; None for all that devices hold for this process.
    """
    import torch

    from torch_fpga.runtime.residency import forget

    if model is None:
        forget(None)
    else:
        forget([model] if isinstance(model, torch.Tensor) else [*model.parameters(), *model.buffers()])


def last_report() -> Report | None:
    """The report of all that was compiled in this process with the last options; None if nothing was."""
    from torch_fpga.compiler import record

    return record.current()

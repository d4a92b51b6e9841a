"""torch_fpga: ``torch.compile(model, backend="fpga")`` for machines with a GPU and an FPGA, and for those without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from torch_fpga.report import Report

__version__ = "0.1.0"
__all__ = ["explain", "last_report"]


def explain(model: torch.nn.Module, *inputs: Any, **options: Any) -> Report:
    """What would run where, and why: captures and places ``model`` for ``inputs``, and builds nothing.

    Args:
        model: a module or function. It is run once, in eager PyTorch.
        inputs: its positional arguments.
        options: those of the backend, e.g. ``target="u280"`` (``torch_fpga.options.Options``).

    Returns:
        The report: print it, ``to_json()``, ``save_html(path)``.

    Raises:
        UserError: an option is not known.
    """
    from torch_fpga.dry_run import explain as run

    return run(model, *inputs, **options)


def last_report() -> Report | None:
    """The report of all that was compiled in this process with the last options; None if nothing was."""
    from torch_fpga import record

    return record.current()

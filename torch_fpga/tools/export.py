"""``torch_fpga.export``: the FPGA regions of a model as a Vitis project, with the tensors of one eager run."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from torch_fpga.codegen.vitis import (
    BOARDS,
    LINT,
    MANIFEST,
    GoldenChoice,
    GoldenTensor,
    Project,
    ProjectFinding,
    ProjectKernel,
    ProjectPort,
    ProjectScalar,
    tolerances,
    write_project,
)
from torch_fpga.compiler.divide import divide
from torch_fpga.compiler.kernels import Kernels
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.plan import Plan
from torch_fpga.compiler.region_code import Compiled, EagerGraph
from torch_fpga.debug import Dump, log
from torch_fpga.errors import UserError
from torch_fpga.ops import dtype_name
from torch_fpga.options import Options
from torch_fpga.passes.fx.split import RegionGraph
from torch_fpga.report import Report
from torch_fpga.runtime import signature
from torch_fpga.runtime.layout import laid_out
from torch_fpga.runtime.signature import Layout
from torch_fpga.runtime.toolchain import library_root
from torch_fpga.targets.fpga import load_target
from torch_fpga.targets.launch import launching
from torch_fpga.tools.run_planned import run_planned
from torch_fpga.tools.selections import Freedom, freedoms
from torch_fpga.version import __version__

_MODEL_NAME = 18
"""Characters of a model's name in the project's."""


class RecordedRegion:
    """Stands for an FPGA region while the model runs in eager, and keeps the tensors of its first call."""

    def __init__(self, region: RegionGraph, name: str, kernels: Kernels) -> None:
        self.graph, self.name, self.kernels = region.graph, name, kernels
        self.eager = copy.deepcopy(region.graph)  # to run, which may change it
        self.run = EagerGraph(self.eager).forward
        self.inputs: list[torch.Tensor] = []
        self.outputs: list[torch.Tensor] = []
        self.freedoms: list[Freedom] = []

    def __call__(self, *tensors: torch.Tensor) -> Any:
        if self.outputs:
            return self.run(*tensors)
        places = self.graph.graph.find_nodes(op="placeholder")
        # Copies: what follows may write into a buffer of the model.
        self.inputs = [laid_out(x, Layout.of(at.meta["val"])) for x, at in zip(tensors, places, strict=True)]
        self.freedoms = freedoms(self.eager, list(tensors), _tolerance)
        results = self.run(*tensors)
        several = results if isinstance(results, (tuple, list)) else (results,)
        self.outputs = [result.detach().cpu().contiguous().clone() for result in several]
        return results


def export(model: Any, *inputs: Any, path: str | os.PathLike[str], overwrite: bool = False, **options: Any) -> Path:
    """See ``torch_fpga.export``."""
    # Nothing is run on a device, so none is needed.
    chosen = dataclasses.replace(Options.parse(options), device="emulation")
    folder = Path(path)
    _check_free(folder, overwrite)
    regions, report = _run(model, inputs, chosen)
    if not regions:
        raise _nothing(report)
    target = load_target(chosen.target)
    by = launching(chosen.launch, chosen.target, target)
    project = Project(
        name=_short_name(model),
        model=_model_name(model),
        target=chosen.target,
        board=BOARDS[chosen.target],
        clock_mhz=target.clock_mhz,
        version=__version__,
        kernels=_kernels(regions, by.way == "persistent"),
    )
    _write(project, folder)
    for kernel in project.kernels:
        if errors := kernel.found("error"):
            log.warning("errors that the lint finds in %s: %d; see %s", kernel.name, len(errors), folder / LINT)
    return folder


def _check_free(folder: Path, overwrite: bool) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not overwrite:
        raise UserError(
            f"{folder} exists and is not empty", code="path-exists", hint="name another path, or say overwrite=True"
        )
    if not (folder / MANIFEST).is_file():
        raise UserError(
            f"{folder} is not an exported project (it has no {MANIFEST}), so it is not replaced",
            code="path-exists",
            hint="name another path, or remove it yourself",
        )


def _run(model: Any, inputs: Sequence[Any], options: Options) -> tuple[list[RecordedRegion], Report | None]:
    """Runs the model once in eager. Returns its FPGA regions, with their tensors, and what was decided."""
    recorded: list[RecordedRegion] = []
    numbers = itertools.count()

    def in_eager(plan: Plan) -> Compiled:
        divided, prefix = divide(plan), f"graph{next(numbers)}"
        runs: dict[str, Compiled] = {}
        for region in divided.regions:
            if region.device == "fpga":
                recorded.append(standing := RecordedRegion(region, f"{prefix}_{region.id}", plan.kernels))
                runs[region.call] = standing
            else:
                runs[region.call] = EagerGraph(region.graph).forward
        return divided.linking.function(runs)

    report = run_planned(model, inputs, options, in_eager)
    return [region for region in recorded if region.outputs], report


def _nothing(report: Report | None) -> UserError:
    nodes = [node for graph in report.graphs for node in graph.nodes] if report else []
    gradients = any(node.reason_code == "training" for node in nodes)
    return UserError(
        f"nothing to export: no region of the model goes to the FPGA\n{_reasons(report)}",
        code="no-fpga-region",
        hint="export it inside `with torch.no_grad():`"
        if gradients
        else "placement='fpga' exports everything that an FPGA can run, whether it pays or not",
    )


def _reasons(report: Report | None) -> str:
    """Why nothing is on the FPGA: each reason once, with a node that it holds for."""
    if report is None:
        return "  nothing was captured: the model has no tensor operation that torch.compile can see"
    examples = {node.reason_words: node for graph in report.graphs for node in graph.nodes}
    lines = [f"  {node.op}: {words}" + (f" ({node.source})" if node.source else "") for words, node in examples.items()]
    return "\n".join(lines)


def _kernels(regions: list[RecordedRegion], persistent: bool) -> tuple[ProjectKernel, ...]:
    """Each different kernel once, with the tensors of the first region that it serves."""
    dump = Dump()
    kernels: dict[str, ProjectKernel] = {}
    for region in regions:
        lowered = region.kernels.lower(region.graph, region.name, dump)
        if (kernel := kernels.get(lowered.name)) is not None:
            kernels[lowered.name] = dataclasses.replace(kernel, regions=kernel.regions + 1)
        else:
            kernels[lowered.name] = dataclasses.replace(_kernel(region, lowered), persistent=persistent)
    return tuple(kernels.values())


def _kernel(region: RecordedRegion, lowered: Lowered) -> ProjectKernel:
    ports = lowered.signature.ports
    # As many elements as the kernel may read; they may be more than the tensor has where it has gaps.
    extents = {port.arg: port.elements for port in ports if port.role == "in"}
    return ProjectKernel(
        name=lowered.name,
        source=lowered.source,
        ports=tuple(_port(port) for port in ports),
        scalars=tuple(ProjectScalar(scalar.name, scalar.value) for scalar in lowered.signature.scalars),
        inputs=tuple(_tensor(x, extents.get(number, 0)) for number, x in enumerate(region.inputs)),
        outputs=tuple(_output(y, free) for y, free in zip(region.outputs, region.freedoms, strict=True)),
        findings=tuple(
            ProjectFinding(found.severity, found.named, found.source, found.what, str(found))
            for found in lowered.design.findings
        ),
    )


def _port(port: signature.Port) -> ProjectPort:
    return ProjectPort(
        name=port.name,
        role=port.role,
        arg=port.arg,
        elements=port.elements,
        dtype=dtype_name(port.dtype),
        bundle=port.bundle,
        bank=port.bank,
        channel=port.channel,
        channels=port.channels,
        block_elements=port.block_elements,
        lanes=port.lanes,
    )


def _tensor(tensor: torch.Tensor, elements: int) -> GoldenTensor:
    """The first ``elements`` of its storage."""
    storage = tensor.as_strided((elements,), (1,))
    return GoldenTensor(dtype_name(tensor.dtype), tuple(tensor.shape), storage.view(torch.uint8).numpy())


def _output(tensor: torch.Tensor, free: Freedom) -> GoldenTensor:
    choice, undecided = free.choice, free.open
    return dataclasses.replace(
        _tensor(tensor, tensor.numel()),
        choice=None
        if choice is None
        else GoldenChoice(
            _tensor(choice.source.detach().cpu(), choice.source.numel()),
            choice.cols,
            choice.chosen,
            choice.inner,
            choice.rtol,
            choice.atol,
        ),
        open=None if undecided is None else undecided.cpu().contiguous().view(torch.uint8).numpy().reshape(-1),
    )


def _tolerance(tensor: torch.Tensor) -> tuple[float, float]:
    contiguous = tensor.detach().cpu().contiguous()
    return tolerances(_tensor(contiguous, contiguous.numel()))


def _model_name(model: Any) -> str:
    """What the user calls it: the name of its class or function."""
    model = getattr(model, "_orig_mod", model)
    return str(getattr(model, "__name__", type(model).__name__))


def _short_name(model: Any) -> str:
    """``SemanticSearch`` as semantic_search: for files."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", _model_name(model)).lower()
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_")[:_MODEL_NAME].strip("_") or "model"


def _write(project: Project, folder: Path) -> None:
    """Fills a new folder beside ``folder`` and puts it in its place when it is complete."""
    parent = folder.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=parent) as work:
            complete = Path(work) / "project"
            complete.mkdir()
            write_project(project, complete, library_root())
            if folder.exists():
                shutil.rmtree(folder)
            os.rename(complete, folder.absolute())
    except OSError as error:
        raise UserError(f"the project cannot be written to {folder}: {error}", code="path-not-writable") from error

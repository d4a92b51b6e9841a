"""Parts to one callable: kernels built and loaded, dense parts as given, eager PyTorch where either fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from torch_fpga.compiler import record
from torch_fpga.compiler.parts import Compiled, Linking, Part
from torch_fpga.compiler.source_lines import indexing_line
from torch_fpga.compiler.steps import Steps
from torch_fpga.compiler.strides import checked
from torch_fpga.compiler.verify import verified
from torch_fpga.compiler.wrong_layout import explained
from torch_fpga.debug import checks, log
from torch_fpga.errors import FpgaError, OutOfRangeError, ToolError
from torch_fpga.options import Options
from torch_fpga.report import GraphReport
from torch_fpga.runtime.build import Built, build, prepare
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Device
from torch_fpga.runtime.launch import Launch, Loaded


class Linker:
    """Gathers the callables of one graph's parts. What fails is in the report, and sets ``failed``."""

    def __init__(self, options: Options, device: Device, report: GraphReport, steps: Steps, cache: Cache) -> None:
        self.options, self.device, self.report = options, device, report
        self.timed, self.cache = steps.timed, cache
        self.building: dict[str, Future[Built]] = {}  # by kernel: those of equal work have one name
        self.runs: dict[str, Compiled] = {}  # by the name of a part's call
        self.failed = False

    def prepare(self) -> None:
        """Starts in the background what the first kernel will wait for, while that is being lowered."""
        self.device.prepare()
        prepare(self.cache)

    def start(self, part: Part) -> None:
        """Starts building the kernel of an FPGA part."""
        kernel = part.kernel
        assert kernel is not None, "what is started was lowered"
        if not self.building:
            self.device.prepare()
        if kernel.name not in self.building:
            self.building[kernel.name] = build(kernel.name, kernel.source, kernel.signature, self.cache)

    def dense(self, part: Part, run: Compiled) -> None:
        """Takes the callable of a dense part."""
        self.runs[part.call] = explained(run, self.report, part.region)

    def fall_back(self, part: Part, code: str, error: FpgaError) -> None:
        """Lets a part run in eager PyTorch, and says why."""
        self.failed = True
        log.warning("region %s runs in eager PyTorch: %s", part.region, error)
        record.fallback(self.report, part.region, code, str(error))
        self.runs[part.call] = part.graph.forward

    def link(self, linking: Linking, parts: Sequence[Part]) -> Compiled:
        """The callable of a graph, once every part was started, is dense or fell back."""
        self.load(part for part in parts if part.call not in self.runs)
        runs = {part.call: self.runs[part.call] for part in parts}
        if checks():
            runs = {part.call: checked(runs[part.call], part.graph.strides, part.region) for part in parts}
        if self.cache.note:
            log.warning(self.cache.note)
            self.report.notes.append(self.cache.note)
        return linking.function(runs)

    def load(self, parts: Iterable[Part]) -> None:
        """Waits for the kernels of FPGA parts and loads them together.

        Parts of equal work share a kernel; each launches it with buffers of its own.
        """
        ready: list[tuple[Part, Built]] = []
        for part in parts:
            assert part.kernel is not None, "what is loaded was lowered"
            try:
                ready.append((part, self.timed("wait for kernels", self.building[part.kernel.name].result)))
            except FpgaError as error:
                self.fall_back(part, "kernel-failed", error)
        if not ready:
            return
        try:
            # One image for all, as one bitstream holds all kernels of a card.
            distinct = {built.name: built for _, built in ready}
            loaded = self.timed("load", Loaded, self.device, list(distinct.values()))
            first: dict[str, str] = {}
            number_of = {name: number for number, name in enumerate(distinct)}
            for part, built in ready:
                number, looks = number_of[built.name], self.options.residency == "checked"
                launch = Launch(loaded.kernels[number], part.resident, looks, loaded, number)
                shared_with = first.setdefault(built.name, part.region)
                record.built(self.report, part.region, built, launch, shared_with if shared_with != part.region else "")
                self.runs[part.call] = self.callable_of(part, launch)
        except FpgaError as error:
            for part, _ in ready:
                self.fall_back(part, "load-failed", error)

    def callable_of(self, part: Part, launch: Launch) -> Compiled:
        run: Compiled = launch
        if self.options.verify:
            run = verified(launch, part.graph.forward, record.region(self.report, part.region))
        return OrEager((lambda *tensors: run(*tensors)[0]) if part.single else run, part, self.report)


class OrEager:
    """Runs a region's kernel; from the call on in which the device has no memory for its tensors, eager PyTorch.

    An index out of range is an error at the region's own lines: its kernel may have been made for another region.
    """

    def __init__(self, run: Compiled, part: Part, report: GraphReport) -> None:
        self.run, self.part, self.report = run, part, report

    def __call__(self, *tensors: Any) -> Any:
        try:
            return self.run(*tensors)
        except OutOfRangeError as error:
            source = indexing_line(self.report, self.part.region, error.source or "")
            raise OutOfRangeError(error.message, source=source, code=error.code, hint=error.hint) from error
        except ToolError as error:
            if error.code != "out-of-memory":
                raise
            log.warning("region %s runs in eager PyTorch: %s", self.part.region, error)
            record.fallback(self.report, self.part.region, "out-of-memory", str(error))
        self.run = self.part.graph.forward
        return self.run(*tensors)

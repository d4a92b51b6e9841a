"""Regions to one callable: kernels built and loaded, dense regions as given, eager PyTorch where either fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from torch_fpga.compiler import record
from torch_fpga.compiler.dense_errors import explained
from torch_fpga.compiler.region_code import Compiled, Linking, RegionCode
from torch_fpga.compiler.source_lines import indexing_line, region_lines
from torch_fpga.compiler.step_times import StepTimes
from torch_fpga.compiler.strides import checked
from torch_fpga.compiler.verify import verified
from torch_fpga.debug import checks, log
from torch_fpga.errors import FpgaError, OutOfRangeError
from torch_fpga.options import Options
from torch_fpga.report import GraphReport
from torch_fpga.runtime.build import Built, build, prepare
from torch_fpga.runtime.cache import Cache
from torch_fpga.runtime.device import Device
from torch_fpga.runtime.launch import Launch, Loaded
from torch_fpga.runtime.sized_launch import BEYOND, SizedLaunch


class Linker:
    """Gathers the callables of one graph's regions, and links them. It raises no FpgaError: what fails falls back.

    Attributes:
        building: the kernels that are being built, by name; regions of equal work have one.
        runs: the callables that there are so far, by the names of the regions' calls.
        failed: a region fell back to eager PyTorch; why is in the report.
    """

    def __init__(self, options: Options, device: Device, report: GraphReport, steps: StepTimes, cache: Cache) -> None:
        self.options, self.device, self.report = options, device, report
        self.timed, self.cache = steps.timed, cache
        self.building: dict[str, Future[Built]] = {}
        self.runs: dict[str, Compiled] = {}
        self.failed = False

    def prepare(self) -> None:
        """Starts in the background what the first kernel will wait for, while that is being lowered."""
        self.device.prepare()
        prepare(self.cache)

    def start(self, code: RegionCode) -> None:
        """Starts building the kernel of an FPGA region."""
        kernel = code.kernel
        assert kernel is not None, "what is started was lowered"
        entry = record.region(self.report, code.id)
        entry.design = kernel.design
        entry.bounds = {
            name: extent.bound for (_, name), extent in zip(code.sizes, kernel.signature.extents, strict=True)
        }
        if not self.building:
            self.device.prepare()
        persistent = self.options.launch == "persistent"
        for each in kernel.all:
            if each.name not in self.building:
                self.building[each.name] = build(each.name, each.source, each.signature, self.cache, persistent)

    def dense(self, code: RegionCode, run: Compiled) -> None:
        """Takes the callable of a dense region."""
        self.runs[code.call] = explained(run, self.report, code.id)

    def fall_back(self, code: RegionCode, why: str, error: FpgaError) -> None:
        """Lets a region run in eager PyTorch, and says why: ``why`` is a code of ``torch_fpga.reasons``."""
        self.failed = True
        error = error.stamped(region_lines(self.report, code.id))
        log.warning("region %s runs in eager PyTorch: %s", code.id, error)
        record.fallback(self.report, code.id, why, str(error))
        self.runs[code.call] = code.graph.forward

    def link(self, linking: Linking, codes: Sequence[RegionCode]) -> Compiled:
        """The callable of a graph. Before it every region must be started, given by ``dense``, or have fallen back."""
        self.load(code for code in codes if code.call not in self.runs)
        runs = {code.call: self.runs[code.call] for code in codes}
        if checks():
            runs = {code.call: self.checked(code, runs[code.call]) for code in codes}
        if self.cache.note:
            log.warning(self.cache.note)
            self.report.notes.append(self.cache.note)
        return linking.function(runs)

    def load(self, codes: Iterable[RegionCode]) -> None:
        """Waits for the kernels of FPGA regions and loads them together.

        Regions of equal work share a kernel; each launches it with buffers of its own.
        """
        ready: list[tuple[RegionCode, list[Built]]] = []
        for code in codes:
            assert code.kernel is not None, "what is loaded was lowered"
            try:
                wait = [self.building[kernel.name].result for kernel in code.kernel.all]
                ready.append((code, [self.timed("wait for kernels", each) for each in wait]))
            except FpgaError as error:
                self.fall_back(code, "kernel-failed", error)
        if not ready:
            return
        try:
            # One image for all, as one bitstream holds all kernels of a card.
            distinct = {built.name: built for _, several in ready for built in several}
            loaded = self.timed("load", Loaded, self.device, list(distinct.values()))
            first: dict[str, str] = {}
            number_of = {name: number for number, name in enumerate(distinct)}
            for code, several in ready:
                looks, numbers = self.options.residency == "checked", [number_of[built.name] for built in several]
                launches = [Launch(loaded.kernels[n], code.resident, looks, loaded, n) for n in numbers]
                built, launch = several[0], launches[0]
                shared_with = first.setdefault(built.name, code.id)
                record.built(self.report, code.id, built, launch, shared_with if shared_with != code.id else "")
                sized = [(each.signature, its) for each, its in zip(several, launches, strict=True)]
                run = SizedLaunch(sized, code.sizes) if built.signature.extents else launch
                self.runs[code.call] = self.callable_of(code, run)
        except FpgaError as error:
            for code, _ in ready:
                self.fall_back(code, "load-failed", error)

    def checked(self, code: RegionCode, run: Compiled) -> Compiled:
        return checked(run, code.graph.strides, code.id, region_lines(self.report, code.id))

    def callable_of(self, code: RegionCode, launch: Launch | SizedLaunch) -> Compiled:
        run: Compiled = launch
        if self.options.verify:
            run = verified(launch, code.graph.forward, record.region(self.report, code.id))
        return OrEager((lambda *tensors: run(*tensors)[0]) if code.single else run, code, self.report)


class OrEager:
    """Runs a region's kernel; from the call on in which the device has no memory for its tensors, eager PyTorch, and so
    each call with a size that the kernel was not made for.

    An index out of range is an error at the region's own lines: its kernel may have been made for another region.
    """

    def __init__(self, run: Compiled, code: RegionCode, report: GraphReport) -> None:
        self.run, self.code, self.report = run, code, report
        self.said = set[str]()  # why it ran in eager PyTorch, by codes

    def __call__(self, *tensors: Any) -> Any:
        try:
            return self.run(*tensors)
        except OutOfRangeError as error:
            source = indexing_line(self.report, self.code.id, error.source or "")
            raise OutOfRangeError(error.message, source=source, code=error.code, hint=error.hint) from error
        except FpgaError as error:
            said = error.stamped(region_lines(self.report, self.code.id))
            if error.code not in ("out-of-memory", BEYOND):
                raise said from error
            if error.code not in self.said:
                self.said.add(error.code)
                log.warning("region %s runs in eager PyTorch: %s", self.code.id, said)
                record.fallback(self.report, self.code.id, error.code, str(said), for_good=error.code != BEYOND)
            if error.code != BEYOND:
                self.run = self.code.graph.forward
        return self.code.graph.forward(*tensors)

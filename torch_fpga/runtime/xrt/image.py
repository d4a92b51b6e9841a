"""The kernels of one xclbin on one card."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence

from torch_fpga.runtime.build import Built
from torch_fpga.runtime.xrt.buffer import XrtBuffer
from torch_fpga.runtime.xrt.kernel import ComputeUnit, PersistentXrtKernel, XrtKernel
from torch_fpga.runtime.xrt.memory import Memory
from torch_fpga.runtime.xrt.session import Session


class XrtImage:
    """Closed when nobody refers to it or its kernels any more.

    Args:
        session: the card, which other images may share.
        instances: XRT's names of the compute units, ``search:{search_1}``, one a kernel; ``units`` their numbers.
        leave: called once, when the image needs the card no more.
        launch_timeout: seconds after which a wait for a launch is given up; None where the card itself ends it.
        step_seconds: what a command may take.
    """

    in_place = False

    def __init__(
        self,
        session: Session,
        kernels: Sequence[Built],
        instances: Sequence[str],
        units: Sequence[int],
        leave: Callable[[], object],
        launch_timeout: float | None,
        step_seconds: float,
        p2p: bool = False,
    ) -> None:
        self.session, self.p2p = session, p2p
        self.launch_timeout, self.step_seconds = launch_timeout, step_seconds
        self.handles = session.enter()
        # What it has on a card that others go on with is freed when it is gone: until then somebody may use it.
        self._leave = weakref.finalize(self, leave)
        weakref.finalize(self, session.let_go, self.handles).atexit = False
        of_kernels = zip(kernels, units, instances, strict=True)
        self._units = [ComputeUnit(session, self.handles, *each) for each in of_kernels]

    @property
    def kernels(self) -> list[XrtKernel]:
        # Made anew, for one that was kept here would refer to the image that keeps it: a card would wait for a garbage
        # collection until it is free again.
        return [(PersistentXrtKernel if unit.persistent else XrtKernel)(self, unit) for unit in self._units]

    @property
    def lost(self) -> bool:
        return self.session.lost

    @property
    def banks_apart(self) -> bool:
        return self.session.watch.banks_apart

    @property
    def memory(self) -> Memory:
        return self.session.memory

    def buffer(self, size: int, bank: int = 0, p2p: bool = False) -> XrtBuffer:
        return XrtBuffer(self, size, bank, p2p)

    def queue(self, size: int, bank: int) -> XrtBuffer:
        """Memory of the host, for a kernel whose port to it has group ``bank``."""
        return XrtBuffer(self, size, bank, of_host=True)

    def over(self, buffer: XrtBuffer) -> XrtBuffer:
        return XrtBuffer(self, buffer.size, buffer.bank, over=buffer)

    def close(self) -> None:
        self._leave()

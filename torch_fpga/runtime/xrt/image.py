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

    ``instances`` are XRT's names of the compute units, ``search:{search_1}``, one a kernel; ``units`` their numbers.
    """

    in_place = False

    def __init__(
        self,
        session: Session,
        kernels: Sequence[Built],
        instances: Sequence[str],
        units: Sequence[int],
        on_close: Callable[[], None],
        p2p: bool = False,
    ) -> None:
        self.session, self.p2p = session, p2p
        self._finalizer = weakref.finalize(self, _close, session, on_close)
        of_kernels = zip(kernels, units, instances, strict=True)
        self._units = [ComputeUnit(session, built, unit, instance) for built, unit, instance in of_kernels]

    @property
    def kernels(self) -> list[XrtKernel]:
        # Made anew, for one that was kept here would refer to the image that keeps it: a card would wait for a garbage
        # collection until it is free again.
        return [(PersistentXrtKernel if unit.persistent else XrtKernel)(self, unit) for unit in self._units]

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
        self._finalizer()


def _close(session: Session, on_close: Callable[[], None]) -> None:
    if session.close():
        on_close()

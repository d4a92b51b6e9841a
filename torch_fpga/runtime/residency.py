"""What a device's memory holds of a model: a parameter or buffer is there once, and is sent again when it has changed.

PyTorch tells of some changes: another storage, another address, a count that in-place operations raise (``_version``),
an optimiser's step. Of others it does not: through ``.data``, NumPy, DLPack, shared memory. Those show in a fingerprint
of the contents alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
import weakref
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.optim.optimizer import register_optimizer_step_post_hook

from torch_fpga.errors import FpgaError
from torch_fpga.runtime.device import Buffer, Image
from torch_fpga.runtime.fingerprint import fingerprint
from torch_fpga.runtime.layout import flat_bytes, in_layout
from torch_fpga.runtime.signature import Layout, Port


@dataclasses.dataclass(frozen=True)
class Contents:
    """What a tensor was: PyTorch's count of its changes (None where it counts none), and, if asked for, its bytes."""

    version: int | None
    print: bytes | None

    @staticmethod
    def of(tensor: torch.Tensor, layout: Layout, size: int, checked: bool) -> Contents:
        """Of ``size`` bytes of ``tensor`` in ``layout``.

        Asked for before they are copied: if another thread writes meanwhile, the next call sees a difference. The other
        way round a change would be missed for ever.
        """
        version = count_of_changes(tensor)
        return Contents(version, fingerprint(flat_bytes(in_layout(tensor, layout), size)) if checked else None)


class Resident:
    """A tensor's place in a device's memory, and what it holds; None while that is not known.

    ``lock`` is held while it is filled or asked what it holds.
    """

    def __init__(self, tensor: torch.Tensor) -> None:
        # Weak, so that the model can be freed; but the address of a storage is not used again while this refers to it.
        self.storage = StorageWeakRef(tensor.untyped_storage())
        self.lock = threading.RLock()
        self.leases: weakref.WeakSet[Lease] = weakref.WeakSet()
        self.contents: Contents | None = None


class Lease:
    """The buffers of one image over a resident tensor's memory, a port each. Dropped, they are freed."""

    def __init__(self, resident: Resident, buffers: list[Buffer], key: Hashable) -> None:
        self.resident, self.buffers, self.key = resident, buffers, key
        resident.leases.add(self)

    def is_of(
        self, image: Image, tensor: torch.Tensor, layout: Layout, ports: Sequence[Port], banks: Sequence[int]
    ) -> bool:
        return self.key == _key(image, tensor, layout, ports, banks)

    def __del__(self) -> None:
        for buffer in self.buffers:
            buffer.free()


_residents: weakref.WeakValueDictionary[Hashable, Resident] = weakref.WeakValueDictionary()
_lock = threading.RLock()


def lease(image: Image, tensor: torch.Tensor, layout: Layout, ports: Sequence[Port], banks: Sequence[int]) -> Lease:
    """Buffers for ``tensor``, one a port: over what another image has of it, or new ones.

    Raises:
        FpgaError: (``code="out-of-memory"``) there is no room.
    """
    _hear_of_steps()
    key = _key(image, tensor, layout, ports, banks)
    with _lock:
        resident = _residents.get(key)
        for other in list(resident.leases) if resident else ():
            with contextlib.suppress(FpgaError):  # its image is closed, or its device gone
                return Lease(resident, _made(image.over(buffer) for buffer in other.buffers), key)  # type: ignore[arg-type]
        p2p = image.p2p
        buffers = _made(image.buffer(port.read_bytes, bank, p2p) for port, bank in zip(ports, banks, strict=True))
        resident = _residents[key] = Resident(tensor)
        return Lease(resident, buffers, key)


def forget(tensors: Iterable[torch.Tensor] | None) -> None:
    """What devices hold of ``tensors``, or of all, is not known any more: it is sent with the next call."""
    with _lock:
        residents = list(_residents.values())
    if not residents:
        return
    storages = None if tensors is None else {_storage(tensor) for tensor in tensors}
    for resident in residents:
        if storages is None or resident.storage.cdata in storages:
            with resident.lock:
                resident.contents = None


def _made(buffers: Iterable[Buffer]) -> list[Buffer]:
    """All of them, or none."""
    made: list[Buffer] = []
    try:
        made.extend(buffers)
    except BaseException:
        for buffer in made:
            buffer.free()
        raise
    return made


def _key(image: Image, tensor: torch.Tensor, layout: Layout, ports: Sequence[Port], banks: Sequence[int]) -> Hashable:
    """What must be equal for two kernels to share a copy: the memory, the tensor, and how it is sharded."""
    blocks = tuple((port.first_byte, port.bytes) for port in ports)
    reached = tuple(banks) if image.banks_apart else ()
    return (image.memory, _storage(tensor), tensor.data_ptr(), tensor.stride(), layout, blocks, reached)


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata


def count_of_changes(tensor: torch.Tensor) -> int | None:
    """How often PyTorch saw ``tensor`` written; None for one made under ``torch.inference_mode``, which it does not
    count."""
    return None if tensor.is_inference() else tensor._version


@functools.cache
def _hear_of_steps() -> None:
    """From the first resident tensor on, every optimiser's step says which tensors it wrote."""

    def stepped(optimizer: torch.optim.Optimizer, arguments: Any, keywords: Any) -> None:
        with contextlib.suppress(NotImplementedError, RuntimeError):  # parameters that have no storage
            forget(tensor for group in optimizer.param_groups for tensor in group["params"])

    register_optimizer_step_post_hook(stepped)

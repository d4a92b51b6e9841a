"""What a device holds already: a parameter or a buffer is sent once, and again only when it has changed."""

from __future__ import annotations

import weakref

import torch


class Residency:
    """Remembers the tensor that was sent last.

    PyTorch counts the in-place changes of a tensor (``_version``); a change that goes around it (through ``.data`` or
    NumPy) is not seen. A tensor made under ``torch.inference_mode`` has no count, so it never counts as held.
    """

    def __init__(self) -> None:
        self._tensor: weakref.ref[torch.Tensor] | None = None
        self._state: tuple[int, int] | None = None

    def holds(self, tensor: torch.Tensor) -> bool:
        """Whether the device has ``tensor`` as it is now."""
        return self._tensor is not None and self._tensor() is tensor and self._state == _state(tensor)

    def sent(self, tensor: torch.Tensor) -> None:
        """The device has ``tensor`` as it is now."""
        self._state = _state(tensor)
        self._tensor = weakref.ref(tensor) if self._state else None


def countable(tensor: torch.Tensor) -> bool:
    """Whether PyTorch counts the changes of ``tensor``."""
    return not tensor.is_inference()


def _state(tensor: torch.Tensor) -> tuple[int, int] | None:
    return (tensor.data_ptr(), tensor._version) if countable(tensor) else None

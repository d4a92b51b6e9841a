"""What every memory is: a store of fixed capacity, and four steps on it.

The steps are those of arXiv 2603.29002: Prepare Memory, Compute Relevancy, Retrieval, Apply to Inference. Sparse
attention, retrieval for a prompt and compressed memory differ in what they store and in what a score is, not in that.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from torch_fpga.errors import OutOfRangeError, UserError
from torch_fpga.steps import STEPS, step


class Memory(nn.Module, abc.ABC):
    """A memory of at most ``capacity`` entries, of which the first ``length`` are there.

    A method defines the four steps; their operations carry the step's name in graphs and reports. All state is in
    buffers of fixed size that are written in place, and no step looks at the values of a tensor to decide what to run,
    so ``torch.compile`` makes one graph of ``forward``, whatever the memory holds.

    Attributes:
        capacity: entries that there is room for.
        length: int64 [], entries that are there.
    """

    length: Tensor

    def __init__(self, capacity: int, *, persistent: bool, device: torch.device | str | None = None) -> None:
        """``persistent``: whether the entries belong to the module's ``state_dict``, as an index does and a KV cache
        does not."""
        super().__init__()
        if capacity < 1:
            raise UserError(f"a memory of {capacity} entries holds nothing", hint="capacity is 1 or more")
        self.capacity = capacity
        self._persistent, self._held = persistent, list[str]()
        self.hold("length", (), torch.int64, device)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name, shown in (*zip(STEPS, STEPS, strict=True), ("ask", "prepare")):
            if name in cls.__dict__:
                named = step(shown)(cls.__dict__[name])
                setattr(cls, name, _or_module_apply(named) if name == "apply" else named)

    @abc.abstractmethod
    def prepare(self, *entries: Any, **more: Any) -> None:
        """Writes new entries behind those that are there. Raises OutOfRangeError where there is no room for all."""

    @abc.abstractmethod
    def relevancy(self, *query: Any, **more: Any) -> Any:
        """Scores of the entries for a query. An entry that is not there has the score -inf."""

    @abc.abstractmethod
    def retrieve(self, *scores: Any, **more: Any) -> Any:
        """What to use, from the scores alone: mostly a ``Selection``."""

    @abc.abstractmethod
    def apply(self, *query_and_selection: Any, **more: Any) -> Any:
        """The answer to a query, from what was selected."""

    def ask(self, query: Any) -> Any:
        """What relevancy and apply take for a query: the query itself, unless the method has projections for it."""
        return query

    def check(self, query: Any) -> None:
        """Raises UserError for a query that this memory cannot answer: another width, another number of heads."""

    def forward(self, query: Any, *entries: Any) -> Any:
        """Prepares ``entries``, if any are given, and answers ``query``. A refused query changes nothing."""
        self.check(query)
        if entries:
            self.prepare(*entries)
        asked = self.ask(query)
        return self.apply(asked, self.retrieve(self.relevancy(asked)))

    def positions(self, tokens: int) -> Tensor:
        """int64 [tokens]: where the last ``tokens`` entries are; negative for those that are more than there are."""
        return self.length - tokens + self.counted(tokens)

    def counted(self, count: int) -> Tensor:
        """int64 [count]: 0, 1, ..."""
        return torch.arange(count, device=self.length.device)

    def hold(
        self, name: str, shape: tuple[int, ...], dtype: torch.dtype | None, device: torch.device | str | None
    ) -> None:
        """Adds a buffer of zeros to the state, which ``reset`` sets to zero again."""
        self.register_buffer(name, torch.zeros(shape, dtype=dtype, device=device), persistent=self._persistent)
        self._held.append(name)

    def reset(self) -> None:
        """Empties the memory, in place: a compiled graph goes on with the same buffers."""
        for name in self._held:
            self.get_buffer(name).zero_()

    def places(self, count: int) -> Tensor:
        """int64 [count]: where the next entries go. The caller writes them, then adds ``count`` to ``length``."""
        return self.next_places(count, self.length, self.capacity)

    def next_places(self, count: int, taken: Tensor, room: int) -> Tensor:
        """int64 [count]: the places behind the first ``taken``, an int64 [], of ``room``.

        Where there is no room for all of them nothing may be written. Eager PyTorch is told so here, for which a GPU is
        waited for. In a compiled graph, which must not look at ``taken``, the write itself fails, since ``index_copy_``
        checks its places; what lies behind the entries may then have changed, the entries have not.
        """
        if not torch.compiler.is_compiling() and int(taken) + count > room:
            raise OutOfRangeError(
                f"{count} entries do not fit: {int(taken)} of {room} are taken, and nothing was written",
                op=type(self).__name__,
                code="index-out-of-range",
                hint="give the memory a larger capacity, or empty it with reset()",
            )
        return taken + self.counted(count)


def _or_module_apply(answer: Callable[..., Any]) -> Callable[..., Any]:
    """``answer``, but ``nn.Module.apply`` for a call with one function: so are the weights of a model initialised."""

    @functools.wraps(answer)
    def apply(self: Memory, *given: Any, **more: Any) -> Any:
        if len(given) == 1 and callable(given[0]):
            return nn.Module.apply(self, given[0])
        return answer(self, *given, **more)

    return apply

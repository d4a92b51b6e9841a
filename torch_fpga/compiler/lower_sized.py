"""A region whose sizes vary from call to call, as one kernel that takes them as arguments.

The region is lowered for its bounds, and for some smaller sizes. What comes out must be the same but for numbers, and
these must be formulas of the sizes (``fit_formulas``). The numbers that tasks take become arguments of the kernel,
which every launch computes by the formulas; FIFOs, buffers and template parameters are those of the bounds.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence

import sympy
from torch import fx

from torch_fpga.codegen.alike import Size
from torch_fpga.codegen.cpp import Outline, print_outline, print_sized
from torch_fpga.compiler.fit_formulas import added, fitted, largest_for, polynomial, samples, shows, told_apart
from torch_fpga.compiler.judge import judge
from torch_fpga.compiler.lower import flops_of, to_hls
from torch_fpga.compiler.lowered import Lowered
from torch_fpga.compiler.stamped import stamped
from torch_fpga.debug import CPP, Dump, Unseen
from torch_fpga.dialects import mlir
from torch_fpga.errors import FpgaError
from torch_fpga.passes.fx.at_sizes import at_sizes, hints_of, sizes_of
from torch_fpga.runtime.extents import Extent, Formula
from torch_fpga.runtime.signature import Scalar, Signature
from torch_fpga.runtime.sized_launch import fits
from torch_fpga.stages import context
from torch_fpga.stages.common.spelling import Offset
from torch_fpga.targets.kernel import KernelOptions


def lower_sized(
    graph: fx.GraphModule, name: str, dump: Dump, options: KernelOptions, bounds: Mapping[sympy.Symbol, int]
) -> Lowered:
    """Lowers a functional ATen graph whose sizes vary. Raises FpgaError where they decide more than numbers.

    Where the rows of tensors are in blocks, sizes that are too small for so many get a kernel of their own.

    Args:
        graph: of a region.
        name: of the kernel.
        dump: where the steps of the lowering for the bounds are shown.
        options: what the passes are given.
        bounds: how large each symbol may become, in the order of the symbols in ``graph``.
    """
    symbols, failed = list(bounds), list[FpgaError]()
    for doubled, how in itertools.product((0, 1, 2), _ways(options)):
        largest = [largest_for(bound, doubled) for bound in bounds.values()]
        try:
            made = _lowered(graph, name, dump, how, symbols, largest)
        except FpgaError as error:
            failed.append(error)
            continue
        if fits(made.signature, (2,) * len(largest)):
            return made
        whole = dataclasses.replace(how, shard_channels=1, row_blocks=1)
        return dataclasses.replace(made, small=_lowered(graph, f"{name}_small", dump, whole, symbols, largest))
    raise failed[0]


def _ways(options: KernelOptions) -> Iterator[KernelOptions]:
    """By what a region is lowered, the best first. Blocks of some stages are not alike where they have parts of groups;
    rows that are whole vectors for every other size alone are moved by elements for all; how many vectors a product has
    decides its hardware where they do not meet its matrix one by one. As does which of two matrices is the larger, so
    that a larger bound may serve where a smaller one does not."""
    for one_by_one in (False, True):
        yield (more := dataclasses.replace(options, one_by_one=one_by_one))
        yield dataclasses.replace(more, whole_groups=True)
        yield (whole := dataclasses.replace(more, shard_channels=1, row_blocks=1))
        yield dataclasses.replace(whole, by_elements=True)


def _lowered(
    graph: fx.GraphModule,
    name: str,
    dump: Dump,
    options: KernelOptions,
    symbols: Sequence[sympy.Symbol],
    largest: Sequence[int],
) -> Lowered:
    sizes = sizes_of(graph.graph.nodes)
    if odd := [str(size) for size in sizes if not polynomial(size)]:
        raise FpgaError(f"the size {odd[0]} is no sum of products of sizes", code="dynamic-shape")
    # Of this call, but odd: a kernel for all sizes takes no row for whole vectors.
    now = at_sizes(graph, {symbol: hint | 1 for symbol, hint in hints_of(graph.graph.nodes).items()})
    with context(), stamped(graph):
        seen = _Seen(graph, name, options, symbols, sizes)
        for number, trial in enumerate(samples(largest)):
            seen.add(trial, dump if number == 0 else Unseen())
        numbers, rest = seen.formulas()
        # Numbers that are multiples of one another come from one argument.
        bases = dict.fromkeys(number.reduced()[0] for number in numbers if number.varies)
        arguments = {base: f"size{i}" for i, base in enumerate(bases)}
        module, signature = seen.first.module, seen.first.signature
        values = seen.first.outline.numbers
        counted = {n.reduced()[0] for n, value in zip(numbers, values, strict=True) if not isinstance(value, Offset)}
        source = print_sized(module, [_given(number, arguments) for number in numbers])
        dump.text(f"{name}_kernel", source, "cpp", CPP)
        signature = dataclasses.replace(
            signature,
            scalars=tuple(Scalar(arg, base.at(largest), int(base in counted)) for base, arg in arguments.items()),
            extents=tuple(map(Extent, largest)),
            formulas=(*arguments, *rest),
        )
        design = judge(to_hls(now, name, Unseen(), options)[0], options.target, flops_of(now))
        of_bound = judge(module, options.target, flops_of(now))
        design = dataclasses.replace(
            design, resources=of_bound.resources, parts=of_bound.parts, findings=of_bound.findings
        )
        return Lowered(name, source, signature, design)


@dataclasses.dataclass(frozen=True)
class _Sample:
    """A kernel for sizes that are known."""

    sizes: tuple[int, ...]
    module: mlir.ir.Module
    signature: Signature
    outline: Outline


class _Seen:
    """The kernels of a region for some sizes, which are one kernel but for numbers. Needs ``context``."""

    def __init__(
        self,
        graph: fx.GraphModule,
        name: str,
        options: KernelOptions,
        symbols: Sequence[sympy.Symbol],
        sizes: Sequence[sympy.Expr],
    ) -> None:
        self._graph, self._name, self._options, self._symbols = graph, name, options, symbols
        self._more = added(sizes)
        self._samples: list[_Sample] = []

    @property
    def first(self) -> _Sample:
        """Of the largest sizes."""
        return self._samples[0]

    def add(self, sizes: tuple[int, ...], dump: Dump) -> bool:
        """Looks at the kernel for some sizes. Even ones may make another kernel; then they are left out.

        Raises FpgaError where odd ones do, or where a buffer has too little room in the kernel for the largest.
        """
        graph = at_sizes(self._graph, dict(zip(self._symbols, sizes, strict=True)))
        module, signature = to_hls(graph, self._name, dump, self._options)
        sample = _Sample(sizes, module, signature, print_outline(module))
        first = self._samples[0].outline if self._samples else sample.outline
        if not self._samples and not all(shows(sample.outline.lanes, size) for size in sizes):
            raise FpgaError(
                f"sizes up to {sizes} do not show how the kernel's vectors of {sample.outline.lanes} are filled",
                code="dynamic-shape",
            )
        if sample.outline.text != first.text:
            if any(size % 2 == 0 for size in sizes) and not _needs_whole_vectors(self.first.signature, signature):
                return False
            raise FpgaError(
                "sizes decide how the kernel is made, not only how long it runs: "
                f"{_difference(first.text, sample.outline.text)}",
                code="dynamic-shape",
            )
        if any(a < b for a, b in zip(first.rooms, sample.outline.rooms, strict=True)):
            raise FpgaError("a buffer for the largest size has no room for a smaller one", code="dynamic-shape")
        self._samples.append(sample)
        return True

    def formulas(self) -> tuple[list[Formula], list[Formula]]:
        """Those of the numbers that tasks take, and those of the signature's. Raises FpgaError where there is none."""
        outlines = zip(*(sample.outline.numbers for sample in self._samples), strict=True)
        signatures = zip(*(sample.signature.numbers for sample in self._samples), strict=True)
        wanted = [list(outlines), list(signatures)]
        sizes = [sample.sizes for sample in self._samples]
        found = {number: fitted(sizes, number, self._more) for part in wanted for number in dict.fromkeys(part)}
        for number, formulas in found.items():
            if not formulas:
                raise FpgaError(f"no formula of the sizes {sizes} gives {number}", code="dynamic-shape")
            if len(formulas) > 1:
                if not self.add(apart := told_apart(formulas, sizes[0]), Unseen()):
                    raise FpgaError(f"the kernel for {apart} is another one", code="dynamic-shape")
                return self.formulas()
        of_tasks, of_signature = ([found[number][0] for number in part] for part in wanted)
        return of_tasks, of_signature


def _needs_whole_vectors(signature: Signature, other: Signature) -> bool:
    """Whether a kernel moves something by whole vectors that another moves by elements, as its rows are none there: of
    s + 1 rows of eight, every other number is."""
    ours, theirs = _lanes(signature), _lanes(other)
    return any(one > two for key in ours for one, two in zip(ours[key], theirs.get(key, []), strict=False))


def _lanes(signature: Signature) -> dict[tuple[str, int], list[int]]:
    """Of the ports to each tensor, the fewest first."""
    lanes: dict[tuple[str, int], list[int]] = {}
    for port in sorted(signature.ports, key=lambda port: port.lanes):
        lanes.setdefault((port.role, port.arg), []).append(port.lanes)
    return lanes


def _difference(text: str, other: str) -> str:
    lines = zip(text.splitlines(), other.splitlines(), strict=False)
    one, two = next(((a, b) for a, b in lines if a != b), ("its length", "another"))
    return f"{one.strip()!r} or {two.strip()!r}"


def _given(number: Formula, arguments: Mapping[Formula, str]) -> int | Size:
    """What a task is given: a number that does not vary as it is."""
    base, factor = number.reduced()
    return Size(arguments[base], factor) if base in arguments else number.at(())

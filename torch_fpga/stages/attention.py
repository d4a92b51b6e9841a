"""Attention of a few queries over many keys: scores, softmax and weighted sums in one pass over keys and values."""

# Annotations are read at class creation to declare the ops, so `from __future__ import annotations` cannot be used.
import dataclasses
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from torch_fpga.dialects import mem
from torch_fpga.dialects.hls import Hls
from torch_fpga.dialects.lanes import lanes_of, port_lanes
from torch_fpga.dialects.mem import Mem
from torch_fpga.dialects.mlir import ext, ir
from torch_fpga.element_types import ElementType
from torch_fpga.sharding import Blocks
from torch_fpga.stages.common import arithmetic, sizes, spelling
from torch_fpga.stages.common.cost import Array, Cost, Loop, Repeat
from torch_fpga.stages.common.operands import Tensor
from torch_fpga.stages.common.stage import Between, Call, InBlocks, Ports, Stage, Task
from torch_fpga.targets.card import Card
from torch_fpga.targets.chip import Chip

TURN = 128
"""Rows whose weights are made together: kTurn of attention.hpp."""

_SUMS = 8  # kSums
_QUERIES = 8  # kQueries, at least
_SCALED = 2  # kScaled
_BESIDE = {"dsp": 0, "lut": 27_000}
"""What a block takes beside its operators: two ports of 512 bits, loops, FIFOs, arrays, by our model of them."""
_WEIGHTS_BESIDE = 2.5
"""Cycles a row that its weights take beside themselves: one for its largest score, and for what a turn begins with."""
_SHARE = 0.8
"""What blocks and their join may take of a card's DSP and LUT: a fuller chip does not reach the clock counted with."""


class AttentionOp(Mem.Operation, name="attention", traits=[ext.Pure]):
    """``softmax(query[groups, count, d] @ key[groups, keys, d]^T * scale + mask) @ value[groups, keys, e]``.

    ``[groups, count, e]``; the mask is ``[rows, keys]``, a row for as many groups each.
    """

    key: ext.Operand[Any]
    value: ext.Operand[Any]
    query: ext.Operand[Any]
    scale: ir.FloatAttr
    res: ext.Result[Any]
    mask: ext.Operand[Any] | None = None

    def verify_invariants(self) -> bool:
        (groups, keys, cols), value = mem.shape(self.key), mem.shape(self.value)
        query = mem.shape(self.query)
        mem.require(value[:2] == [groups, keys], self, "a value for each key")
        mem.require([query[0], query[2]] == [groups, cols], self, "queries of each group, as long as keys")
        mem.require(mem.shape(self.res) == [*query[:2], value[2]], self, "one weighted sum for each query")
        if self.mask is not None:
            rows, of_row = mem.shape(self.mask)
            mem.require(of_row == keys and groups % rows == 0, self, "a mask of keys, for as many groups a row")
        return True


class AttendKeysTask(Hls.Operation, name="attend_keys"):
    """Scores of a block of keys: dot products with a few queries that are kept on chip."""

    key: ext.Operand[Any]
    query: ext.Operand[Any]
    scores: ext.Operand[Any]
    label: ir.StringAttr
    interval: ir.IntegerAttr
    count: ir.IntegerAttr
    most_groups: ir.IntegerAttr
    groups: ir.IntegerAttr
    keys: ir.IntegerAttr
    first: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr
    scale: ir.FloatAttr


class AttendWeightsTask(Hls.Operation, name="attend_weights"):
    """Weights of a block's rows by the largest score so far, and the sums of them."""

    scores: ext.Operand[Any]
    weights: ext.Operand[Any]
    heads: ext.Operand[Any]
    label: ir.StringAttr
    count: ir.IntegerAttr
    interval: ir.IntegerAttr
    keys: ir.IntegerAttr
    first: ir.IntegerAttr
    rows: ir.IntegerAttr
    mask_rows: ir.IntegerAttr
    groups_a_row: ir.IntegerAttr
    mask_size: ir.IntegerAttr
    mask: ext.Operand[Any] | None = None


class AttendValuesTask(Hls.Operation, name="attend_values"):
    """Weighted sums of a block of values."""

    value: ext.Operand[Any]
    weights: ext.Operand[Any]
    sums: ext.Operand[Any]
    label: ir.StringAttr
    interval: ir.IntegerAttr
    count: ir.IntegerAttr
    keys: ir.IntegerAttr
    first: ir.IntegerAttr
    rows: ir.IntegerAttr
    cols: ir.IntegerAttr


class MergeAttentionTask(Hls.Operation, name="merge_attention"):
    """What blocks have found of each group, joined by the largest score of all."""

    out: ext.Operand[Any]
    heads: Sequence[ext.Operand[Any]]
    sums: Sequence[ext.Operand[Any]]
    label: ir.StringAttr
    count: ir.IntegerAttr
    masked: ir.IntegerAttr
    groups: ir.IntegerAttr
    keys: ir.IntegerAttr
    each: ir.IntegerAttr
    cols: ir.IntegerAttr


def _build(call: Call) -> Tensor:
    query, key, value, mask, scale = call.arguments
    (batch, heads, queries, cols), (_, shared, keys, _) = query.sizes, key.sizes
    groups, count = batch * shared, heads // shared * queries
    size = value.sizes[-1]
    kind = ir.RankedTensorType.get([groups, count, size], call.results[0].element_type)
    rows = None if mask is None else mask.reshape([mask.sizes[0], keys]).value()
    made = AttentionOp(
        key.reshape([groups, keys, cols]).value(),
        value.reshape([groups, keys, size]).value(),
        query.reshape([groups, count, cols]).value(),
        sizes.f32(scale),
        kind,
        mask=rows,
    )
    return Tensor.dense(made.res).reshape(call.results[0].shape)


@dataclasses.dataclass(frozen=True)
class _Sizes:
    """Of an op: numbers that its tasks are given."""

    groups: int
    keys: int
    cols: int
    size: int
    count: int
    mask_rows: int

    @staticmethod
    def of(op: Any) -> "_Sizes":
        groups, keys, cols = mem.shape(op.key)
        mask_rows = 0 if op.mask is None else mem.shape(op.mask)[0]
        return _Sizes(groups, keys, cols, mem.shape(op.value)[2], mem.shape(op.query)[1], mask_rows)

    def parts(self, blocks: Blocks, block: int) -> list[int]:
        """The rows that a block has of each group."""
        return _parts(self.keys, blocks.first(block), blocks.size(block))

    def most_parts(self, blocks: Blocks, keys: int) -> int:
        """Of how many times ``keys`` rows a block has some, at most."""
        return max(len(_parts(keys, blocks.first(b), blocks.size(b))) for b in range(blocks.count))

    @property
    def groups_a_row(self) -> int:
        return self.groups // self.mask_rows if self.mask_rows else 1


def _parts(keys: int, first: int, rows: int) -> list[int]:
    parts = []
    while rows > 0:
        parts.append(min(keys - first % keys, rows))
        first, rows = first + parts[-1], rows - parts[-1]
    return parts


def _interval(op: Any) -> int:
    """Cycles of a vector of keys or values."""
    return int(op.attributes["interval"].value)


def _between(op: Any, blocks: Blocks, lanes: int) -> dict[str, Between]:
    """The streams between the tasks of a block, and from them to the one that merges."""
    s, wide = _Sizes.of(op), ir.F32Type.get()
    rows = [blocks.size(b) for b in range(blocks.count)]
    parts = [len(s.parts(blocks, b)) for b in range(blocks.count)]
    turns = [sum(-(-part // TURN) for part in s.parts(blocks, b)) for b in range(blocks.count)]
    width = lanes_of(s.size, lanes)
    sums = [n * s.count * -(-s.size // width) for n in parts]
    return {
        # While the weights of a turn are made no scores are taken, and the values take those of the turn before.
        "scores": Between(wide, s.count, rows, TURN),
        "weights": Between(wide, s.count, [n + more for n, more in zip(rows, turns, strict=True)], TURN + 1),
        # A block does not wait for its turn to be merged.
        "heads": Between(wide, s.count, [2 * n for n in parts], 2 * max(parts)),
        "sums": Between(wide, width, sums, max(sums)),
    }


def _lower_block(
    op: Any, blocks: Blocks, block: int, reads: list[ir.Value], between: dict[str, ir.Value], label: str
) -> None:
    s = _Sizes.of(op)
    key, value, query, *mask = reads
    at = [s.keys, blocks.first(block), blocks.size(block)]
    text, number = ir.StringAttr.get, mem.i64
    interval = number(_interval(op))
    AttendKeysTask(
        *(key, query, between["scores"], text(f"score {label} {block}"), interval),
        *map(number, (s.count, s.most_parts(blocks, s.keys), s.groups, *at, s.cols)),
        op.scale,
    )
    size = 1
    if mask:
        width = spelling.width(mask[0])
        size = width * -(-s.keys // width) * s.most_parts(blocks, s.keys * s.groups_a_row)
    AttendWeightsTask(
        *(between["scores"], between["weights"], between["heads"], text(f"weigh {label} {block}")),
        *map(number, (s.count, _weights_interval(s.count, _interval(op) * -(-s.size // spelling.width(value))), *at)),
        *map(number, (s.mask_rows, s.groups_a_row, size)),
        mask=mask[0] if mask else None,
    )
    AttendValuesTask(
        *(value, between["weights"], between["sums"], text(f"sum {label} {block}"), interval),
        *map(number, (s.count, *at, s.size)),
    )


def _lower_join(
    op: Any, blocks: Blocks, between: dict[str, list[ir.Value]], writes: list[ir.Value], label: ir.StringAttr
) -> None:
    s = _Sizes.of(op)
    numbers = (s.count, s.mask_rows > 0, s.groups, s.keys, blocks.each, s.size)
    MergeAttentionTask(writes[0], between["heads"], between["sums"], label, *map(mem.i64, map(int, numbers)))


def _fit(op: Any, ports: Ports, card: Card) -> tuple[int, int]:
    """Blocks, and the cycles of a vector, of the design that reads fastest of those that ports and the card let be."""
    s, chip = _Sizes.of(op), card.chip
    of_key, of_value = (arithmetic.element_type(mem.element(value)) for value in (op.key, op.value))
    widths = [port_lanes(mem.element(x), mem.shape(x)[2], ports.bits) for x in (op.key, op.value)]
    joined = _merge_operators(s.count, min(widths), arithmetic.element_type(mem.element(op.res)))
    best = (0.0, -1, -1)
    for interval in (1 << i for i in range(max(widths).bit_length())):
        keys = _Dots.of(of_key, widths[0], s.count, s.cols)
        values = _Sums.of(of_value, widths[1], s.count, s.size, interval, chip)
        weights = _weights_interval(s.count, interval * values.steps)
        operators = _shared(keys.operators + values.operators, interval, chip)
        operators += _scaled(s.count) + _weight_operators(s.count, weights)
        fit = min(
            (_SHARE * card.room[what] - _taken(joined, what, chip)) // (_taken(operators, what, chip) + beside)
            for what, beside in _BESIDE.items()
        )
        count = max(min(ports.count // 2, int(fit)), 1)
        row = max(interval * -(-s.cols // widths[0]), values.interval * values.steps, weights + _WEIGHTS_BESIDE)
        a_cycle = min(min(s.cols * of_key.bytes, s.size * of_value.bytes) / row, ports.bytes_per_cycle)
        best = max(best, (count * a_cycle, -count, -interval))
    return -best[1], -best[2]


def _shared(operators: Counter[str], interval: int, chip: Chip) -> Counter[str]:
    """Those that stand there: of several stages they are shared among the cycles of an interval."""
    return Counter(
        {name: -(-count // (interval if chip.operator(name).cycles else 1)) for name, count in operators.items()}
    )


def _taken(operators: Counter[str], what: str, chip: Chip) -> int:
    """DSP or LUT."""
    return sum(getattr(chip.operator(name), what) * count for name, count in operators.items())


@dataclasses.dataclass(frozen=True)
class _Dots:
    """What an iteration of ``dot_keys`` has."""

    chain: arithmetic.Chain
    operators: Counter[str]

    @staticmethod
    def of(kind: ElementType, lanes: int, count: int, cols: int) -> "_Dots":
        sums = arithmetic.OverTime("fadd", lanes, -(-cols // lanes))
        widened = arithmetic.cast(kind, arithmetic.FLOAT32)
        multiply = _multiply(kind)
        each = arithmetic.chains(((multiply,), lanes), (("fmul",), 1)) + sums.operators()
        operators = arithmetic.chains(((*widened, "select"), lanes)) + arithmetic.times(each, count)
        return _Dots((*widened, multiply, *sums.chain, "fmul"), operators)


@dataclasses.dataclass(frozen=True)
class _Sums:
    """What an iteration of ``weighted_values`` has; iterations a row; cycles from one to the next, and why."""

    chain: arithmetic.Chain
    operators: Counter[str]
    steps: int
    interval: int
    why: str

    @staticmethod
    def of(kind: ElementType, lanes: int, count: int, cols: int, interval: int, chip: Chip) -> "_Sums":
        # Consecutive iterations go to different columns: the sum of one is needed when the next row comes.
        steps = -(-cols // lanes)
        add = "fadd" if chip.carried("fadd") <= steps * interval else "fadd_carried"
        needed = -(-chip.carried(add) // steps)
        why = _why(interval)
        if needed > interval:
            why = f"the sum of a column is needed {steps} iterations later, before the {add} is through"
        multiply = _multiply(kind)
        widened = arithmetic.cast(kind, arithmetic.FLOAT32)
        operators = arithmetic.chains((widened, lanes), ((multiply, add), count * lanes))
        return _Sums((*widened, multiply, add), operators, steps, max(interval, needed), why)


def _why(interval: int) -> str:
    return "the card has no room for as many multipliers as a vector has numbers" if interval > 1 else ""


def _multiply(kind: ElementType) -> str:
    """hls_lib's ``product`` with a float32."""
    return "fmul_narrow" if kind.half else "fmul"


# Of a query in an iteration of row_weights, of turn_scales and of merge_heads.
_OF_ROW = ("fadd", "fexp", "fadd")
_OF_TURN = ("fcmp", "fadd", "fexp", "fmul")
_OF_HEAD = ("fcmp", "select", "fcmp", "fadd", "fexp", "fcmp", "fadd", "fexp", "fmul", "fmul", "fadd")


def _weights_interval(count: int, steps: int) -> int:
    """Cycles of a row's weights, when its values take so many steps."""
    return max(min(count, steps - math.ceil(_WEIGHTS_BESIDE)), 1)


def _weight_operators(count: int, interval: int) -> Counter[str]:
    """Those that stand there: of a row's weights, of the scales of a turn, of the sum of its weights."""
    return arithmetic.chains((_OF_ROW, -(-count // interval)), (_OF_TURN, 1), (("fadd",), 1 + count))


def _scaled(count: int) -> Counter[str]:
    return arithmetic.chains((("fmul",), _SCALED * count))


def _merge_operators(count: int, width: int, kind: ElementType) -> Counter[str]:
    """Of what merges blocks whose result is of a kind, in vectors of ``width``."""
    rounded = arithmetic.cast(arithmetic.FLOAT32, kind)
    lane = ("fmul", "fmul", "fadd", "fmul", *rounded)
    return arithmetic.chains((_OF_HEAD, 1), (("fcmp", "fdiv"), count), (lane, width))


def _turns(parts: list[int]) -> Iterator[tuple[int, int, bool]]:
    """How many turns of how many rows follow each other; whether a part of a group ends with them."""
    for part in parts:
        last = part % TURN or min(part, TURN)
        if whole := (part - last) // TURN:
            yield whole, TURN, False
        yield 1, last, True


def _parts_of(op: Any) -> list[int]:
    return _parts(*spelling.sizes(op, "keys", "first", "rows"))


def _keys_cost(op: Any, chip: Chip) -> Cost:
    count, groups, rows, cols = spelling.sizes(op, "count", "groups", "rows", "cols")
    lanes, given, interval = spelling.width(op.key), spelling.width(op.query), op.interval.value
    dots = _Dots.of(arithmetic.element_type(op.key), lanes, count, cols)
    steps = -(-cols // lanes)
    kept = arithmetic.cast(arithmetic.element_type(op.query), arithmetic.FLOAT32)
    keep = Loop(
        "keep_queries",
        groups * count * -(-steps * lanes // given),
        depth=2 + chip.latency(*kept),
        reads=("query",),
        operators=arithmetic.chains((kept, given)),
    )
    dot = Loop(
        "dot_keys",
        rows * steps,
        interval,
        2 + chip.latency(*dots.chain),
        _why(interval),
        reads=("key",),
        writes=("scores",),
        packs=steps,
        operators=dots.operators,
    )
    held = Array("held", count * op.most_groups.value * steps * lanes, 32, count * max(lanes // interval, given))
    return Cost((keep, dot), {"idiv": 1}, (held,))


def _weights_cost(op: Any, chip: Chip) -> Cost:
    count = op.count.value
    masked = ("fadd",) if op.mask is not None else ()
    loops: list[Loop | Repeat] = []
    arrays = [Array("score", TURN, 32 * count, at_once=1), Array("sum", _SUMS * count, 32, registers=True)]
    if op.mask is not None:
        width, kind = spelling.width(op.mask), arithmetic.element_type(op.mask)
        vectors = -(-op.keys.value // width)
        loops.append(Loop("keep_mask", op.mask_rows.value * vectors, reads=("mask",)))
        arrays.append(Array("kept", op.mask_size.value // width, 8 * kind.bytes * width, at_once=1))
        masked = (*arithmetic.cast(kind, arithmetic.FLOAT32), *masked)
    for times, rows, ends in _turns(_parts_of(op)):
        turn = (
            Loop(
                "largest_scores",
                rows,
                depth=4 + chip.latency(*masked),
                reads=("scores",),
            ),
            Loop(
                "turn_scales",
                count,
                depth=2 + chip.latency(*_OF_TURN),
                writes_after=("weights",),
            ),
            Loop(
                "row_weights",
                rows,
                op.interval.value,
                3 + chip.latency(*_OF_ROW),
                "the values take as many cycles a row, and queries share an exponential"
                if op.interval.value > 1
                else "",
                writes=("weights",),
            ),
            Loop(
                "sum_of_sums",
                _SUMS * max(count, _QUERIES),
                depth=3 + chip.latency("fadd"),
                after=chip.latency("fadd"),
                writes_after=("heads",) if ends else (),
            ),
        )
        loops.append(Repeat(times, turn))
    operators = _weight_operators(count, op.interval.value) + arithmetic.chains((masked, count), (("icmp",), count))
    return Cost(tuple(loops), operators, tuple(arrays))


def _values_cost(op: Any, chip: Chip) -> Cost:
    count, cols, lanes = op.count.value, op.cols.value, spelling.width(op.value)
    made = _Sums.of(arithmetic.element_type(op.value), lanes, count, cols, op.interval.value, chip)
    steps = made.steps
    loops: list[Loop | Repeat] = []
    behind = 0
    for times, rows, ends in _turns(_parts_of(op)):
        scale = Loop("scale_sums", steps * lanes // _SCALED, depth=3 + chip.latency("fmul"))
        weigh = Loop(
            "weighted_values",
            rows * steps,
            made.interval,
            3 + chip.latency(*made.chain),
            made.why,
            reads_before=("weights",),
            reads=("value", "weights"),
        )
        grown = sum(_grows(behind + i, count) for i in range(times)) / times
        loops.append(Repeat(times, (Repeat(grown, (scale,)), weigh)))
        behind += times
        if ends:
            behind = 0
            loops.append(Repeat(count, (Loop("write_sums", -(-cols // spelling.width(op.sums)), writes=("sums",)),)))
    width = max(lanes, spelling.width(op.sums))
    banks = count * max(lanes // op.interval.value, spelling.width(op.sums))
    array = Array("sum", count * width * -(-cols // width), 32, banks)
    return Cost(tuple(loops), _shared(made.operators, made.interval, chip) + _scaled(count), (array,))


def _grows(turns: int, count: int) -> float:
    """How likely one of ``count`` largest scores is to grow in the turn behind so many, of scores in any order."""
    return 1 - (1 - 1 / (turns + 1)) ** count if turns else 0.0


def _merge_cost(op: Any, chip: Chip) -> Cost:
    count, groups, keys, each, cols = spelling.sizes(op, "count", "groups", "keys", "each", "cols")
    width = spelling.width(op.out)
    vectors = count * -(-cols // width)
    blocks = Blocks(groups * keys, each, len(op.sums))
    parts = sum(len(_parts(keys, blocks.first(b), blocks.size(b))) for b in range(blocks.count))
    carried = chip.carried("fmul", "fadd")
    interval = -(-carried // vectors)
    interval_why = f"the sum of a column is needed {vectors} iterations later" if interval > 1 else ""
    heads = Loop("merge_heads", count, depth=2 + chip.latency(*_OF_HEAD))
    merge = Loop("merge_sums", vectors, interval, 3 + chip.latency("fmul", "fadd"), interval_why)
    kind = arithmetic.element_type(op.out)
    rounded = arithmetic.cast(arithmetic.FLOAT32, kind)
    write = Loop("write_merged", vectors, depth=3 + chip.latency("fmul", *rounded), writes=("out",))
    operators = _merge_operators(count, width, kind) + Counter({"select": width * -(-len(op.sums) // 3)})
    merged = Array("merged", vectors, 32 * width, at_once=1)
    # All blocks end at the same time, so that the others wait behind the first one.
    first = dataclasses.replace(heads, reads_before=("heads",)), dataclasses.replace(merge, reads=("sums",))
    rest = Repeat(parts - 1, (heads, merge)), Repeat(groups, (write,))
    return Cost((*first, *rest), operators, (merged,))


def _whole(cols: int, lanes: int) -> int:
    """Columns in whole steps of so many lanes."""
    return -(-cols // lanes) * lanes


STAGE = Stage(
    op=AttentionOp,
    tasks=(
        Task(
            AttendKeysTask,
            template="attend_keys",
            header="attention.hpp",
            parameters=lambda op: [
                *map(spelling.elem, (op.key, op.query)),
                *map(spelling.width, (op.key, op.query)),
                *spelling.sizes(op, "interval", "count", "most_groups"),
                _whole(op.cols.value, spelling.width(op.key)),
            ],
            arguments=lambda op: [
                *(op.key, op.query, op.scores),
                *spelling.sizes(op, "groups", "keys", "first", "rows", "cols"),
                spelling.number(op.scale.value),
            ],
            cost=_keys_cost,
        ),
        Task(
            AttendWeightsTask,
            template="attend_weights",
            header="attention.hpp",
            parameters=lambda op: [
                *spelling.sizes(op, "count", "interval"),
                *([spelling.elem(op.mask), spelling.width(op.mask), op.mask_size.value] if op.mask is not None else []),
            ],
            arguments=lambda op: [
                *(op.scores, *spelling.present(op, "mask"), op.weights, op.heads),
                *spelling.sizes(op, "keys", "first", "rows"),
                *(spelling.sizes(op, "mask_rows", "groups_a_row") if op.mask is not None else []),
            ],
            cost=_weights_cost,
        ),
        Task(
            AttendValuesTask,
            template="attend_values",
            header="attention.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.value), spelling.width(op.value), op.interval.value, spelling.width(op.sums)),
                *(op.count.value, _whole(op.cols.value, spelling.width(op.value))),
            ],
            arguments=lambda op: [
                *(op.value, op.weights, op.sums),
                *spelling.sizes(op, "keys", "first", "rows", "cols"),
            ],
            cost=_values_cost,
        ),
        Task(
            MergeAttentionTask,
            template="merge_attention",
            header="attention.hpp",
            parameters=lambda op: [
                *(spelling.elem(op.out), spelling.width(op.out), op.count.value, op.cols.value),
                *(spelling.flag(op.masked), len(op.sums)),
                *map(spelling.array_depth, (op.heads, op.sums)),
            ],
            arguments=lambda op: [
                op.out,
                *spelling.sizes(op, "groups", "keys", "each", "cols"),
                *(list(op.heads), list(op.sums)),
            ],
            cost=_merge_cost,
        ),
    ),
    builders={"attention": _build},
    at_port_width=frozenset({0, 1}),
    in_blocks=InBlocks(frozenset({0, 1}), _fit, _between, _lower_block, _lower_join),
)

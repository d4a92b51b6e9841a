"""The tables of docs/evidence.md."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.calibration.errors import LARGE, Figure, Summary, by_kind
from benchmarks.calibration.kernels import Judged
from benchmarks.calibration.logged import Logged
from torch_fpga.report.design import DesignReport
from torch_fpga.runtime.solver import STYLES

_UNITS = {
    "cycles": "cycles",
    "depth": "cycles of an iteration",
    "ii": "cycles between iterations",
    "lut": "LUT",
    "ff": "flip-flops",
    "dsp": "DSP",
    "bram18": "block RAM of 18 Kbit",
    "uram": "URAM",
    "ports": "memory ports",
    "gb_per_s": "GB/s",
    "us": "µs",
    "w": "W",
    "share": "of the peak",
}


def summaries(figures: Sequence[Figure]) -> list[str]:
    """A line for each kind of check, and one for all of a group."""
    groups: dict[str, list[Figure]] = {"time": [], "size": []}
    rows = []
    for (kind, group), checks in by_kind(figures).items():
        groups.setdefault(group, []).extend(checks)
        if group in ("time", "size"):
            rows.append(_summary(f"{kind}, {group}", checks))
        else:
            rows.append(_summary(kind, checks))
    rows += [_summary(f"**all checks of {group}**", groups[group]) for group in ("time", "size")]
    return _table(("kind", "checks", "mean error", "median", "worst"), rows)


def checks(figures: Iterable[Figure]) -> list[str]:
    """Every figure that the model was not made from."""
    return _figures(figure for figure in figures if figure.is_check)


def inputs(figures: Iterable[Figure]) -> list[str]:
    """Every figure that it was made from."""
    return _figures(figure for figure in figures if not figure.is_check)


def explanations(figures: Iterable[Figure]) -> list[str]:
    """A sentence for each row with a large error; rows of one reason together."""
    reasons: dict[str, dict[str, None]] = {}
    for figure in figures:
        if figure.is_check and abs(figure.error) > LARGE:
            reasons.setdefault(figure.row.why or "not explained", {})[figure.row.id] = None
    return [f"- {'; '.join(ids)}: {why}." for why, ids in reasons.items()]


def sources(names: Mapping[str, str]) -> list[str]:
    """Where the rows are from."""
    return [f"- {name}: {what}." for name, what in names.items()]


def kernels(judged: Sequence[Judged]) -> list[str]:
    """What each kernel takes and reaches, and what binds it; all on one card."""
    first = judged[0].design
    head = ("kernel", "µs", f"of {first.memory_gb_per_s:,.0f} GB/s", "what binds")
    lines = []
    for group in dict.fromkeys(each.group for each in judged):
        rows = [(each.name, *_speed(each.design)) for each in judged if each.group == group]
        lines += [f"### {group}", "", *_table(head, rows, "lrrl"), ""]
    lines += ["### Interval of each task's hot loop, in cycles", ""]
    lines += _table(("kernel", "intervals"), [(each.name, _intervals(each.design)) for each in judged], "ll")
    room = ", ".join(f"{count:,.0f} {_UNITS[name]}" for name, count in first.room.items())
    lines += ["", f"### What they take of the card, in % of what its shell leaves ({room})", ""]
    rows = [(each.name, *_shares(each.design)) for each in judged]
    return lines + _table(("kernel", *(_UNITS[name] for name in first.room)), rows)


def logs(logged: Sequence[Logged]) -> list[str]:
    """The cycles of each kernel in closed form and by its log; a sentence for each large difference."""
    head = ("kernel", "closed form", "log, stp", "error", "log, flp", "error", "what binds by the log")
    rows = [
        (
            each.name,
            f"{each.designs['stp'].closed_form:,.0f}",
            *(
                text
                for style in STYLES
                for text in (f"{each.designs[style].cycles:,.0f}", f"{100 * each.error(style):+.1f} %")
            ),
            each.designs["stp"].binds,
        )
        for each in logged
    ]
    errors = [abs(each.error("stp")) for each in logged]
    found = ", ".join(map(_percent, (statistics.mean(errors), statistics.median(errors), max(errors))))
    large = [f"- {each.name}: {_stalled(each)}." for each in logged if abs(each.error("stp")) > LARGE]
    return [*_table(head, rows, "lrrrrrl"), "", f"Mean, median and worst error against stp: {found}.", "", *large]


def _stalled(logged: Logged) -> str:
    """Where the log differs most from the closed form."""
    closed, log = ([task for phase in d.phases for task in phase.tasks] for d in (logged.judged, logged.designs["stp"]))
    first, second = max(zip(closed, log, strict=True), key=lambda pair: abs(pair[1].end - pair[0].end))
    stalls = ", ".join(f"{cause} {cycles:,.0f}" for cause, cycles in second.stalls.items())
    return f'"{second.label}" ends in cycle {second.end:,.0f} of its phase, not {first.end:,.0f}: {stalls}'


def _speed(design: DesignReport) -> tuple[str, str, str]:
    return f"{design.microseconds:,.1f}", _percent(design.memory_share), design.binds


def _shares(design: DesignReport) -> list[str]:
    return [f"{100 * design.resources[name] / room:.1f}" for name, room in design.room.items()]


def _intervals(design: DesignReport) -> str:
    tasks = [task for phase in design.phases for task in phase.tasks]
    # Tasks that are alike but for a number in their names are one.
    slow = {f"{task.label.rstrip('0123456789 ')} ({task.template}) {task.ii}": None for task in tasks if task.ii > 1}
    return ", ".join(slow) + "; all others 1" if slow else "all 1"


def _summary(title: str, figures: Sequence[Figure]) -> tuple[str, ...]:
    found = Summary.of(figures)
    return title, str(found.count), _percent(found.mean), _percent(found.median), _percent(found.worst)


def _figures(figures: Iterable[Figure]) -> list[str]:
    rows = [
        (
            f.row.id,
            f.row.source,
            f.row.what,
            _number(f.reported),
            _number(f.estimated),
            _UNITS[f.name],
            f"{100 * f.error:+.1f} %",
        )
        for f in figures
    ]
    return _table(("row", "source", "what", "reported", "model", "unit", "error"), rows, "lllrrlr")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.4g}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %" if share < 0.1 else f"{100 * share:.0f} %"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> list[str]:
    align = align or "l" + "r" * (len(head) - 1)
    marks = ["---" if side == "l" else "---:" for side in align]
    return [f"| {' | '.join(row)} |" for row in (head, marks, *rows)]

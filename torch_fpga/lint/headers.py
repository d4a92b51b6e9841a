"""Constructs of a library's headers that Vitis HLS would refuse or make slow, found by their text."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from torch_fpga.report.finding import Finding, Severity


@dataclasses.dataclass(frozen=True)
class Construct:
    """One that a line of code shows.

    Attributes:
        rule: its name.
        severity: as of findings.
        pattern: finds it in a line. What its group ``array`` matches has to be one that the file declares.
        why: what becomes of it in hardware.
        remedy: what to do.
    """

    rule: str
    severity: Severity
    pattern: re.Pattern[str]
    why: str
    remedy: str


CONSTRUCTS = (
    Construct(
        "function-pointer",
        "error",
        re.compile(r"\(\*\w*\)\(|[(,] ?(hls|std)::\w+[,)]"),
        "a function that is passed by its name is a pointer, and HLS synthesises none where it is not inlined",
        "pass a lambda, whose type says which function it is",
    ),
    Construct(
        "array-twice",
        "error",
        re.compile(r"[(,] ?(?P<array>\w+), (?P=array)\b"),
        "one array as two arguments has two names in the function, which HLS takes for two memories",
        "pass it once, and choose inside by a template parameter",
    ),
    Construct(
        "indexed-registers",
        "slow",
        re.compile(r"(\w+)\[(\w+)\] = \w+::combine\(\1\[\2\]"),
        "with a variable index every iteration may need the sum of the one before: the interval is an adder's latency",
        "unroll the sums, so that each index is a constant (AMD answer record 62859)",
    ),
    Construct(
        "row-of-array",
        "slow",
        re.compile(r"for \(int (\w+) = [^)]*\) \w+\([^;]*\w+\[\1\]"),
        "which row is passed is a variable, so that all rows of the partitioned array are multiplexed into one",
        "unroll the loop, or write the rows in one",
    ),
    Construct(
        "unbounded-loop",
        "slow",
        re.compile(r"\bwhile \("),
        "a loop without a fixed length cannot be unrolled, so that no pipeline can hold it",
        "give the loop a bound, and leave out the iterations past the end",
    ),
    Construct(
        "aggregate-by-value",
        "error",
        re.compile(r"\bpattern<RANK> \w+[,)]"),
        "an aggregate that is passed by value leaves stores in the body of a dataflow region (AMD UG1399, 214-169)",
        "pass its numbers as scalars, or as template parameters",
    ),
    Construct(
        "slow-pipeline",
        "slow",
        re.compile(r"#pragma HLS pipeline(?! II=(1|INTERVAL)\b)"),  # a design says the INTERVAL of its loops itself
        "the loop asks for no interval, or for more than a cycle",
        "write it so that an iteration can start each cycle, and ask for II=1",
    ),
)


_ARRAY = re.compile(r"\b(\w+)\[[^\]]+\];|\(&(\w+)\)\[")


def lint_headers(folder: Path) -> list[Finding]:
    """What is found in the headers below ``folder``, in the order of files and lines; the stage is the file."""
    found = []
    for header in sorted(folder.rglob("*.hpp")):
        text = header.read_text()
        arrays = {first or second for first, second in _ARRAY.findall(text)}
        for number, line in enumerate(text.splitlines(), 1):
            code = line.partition("//")[0]
            found += [
                Finding(
                    construct.rule,
                    construct.severity,
                    (header.name,),
                    f"{header.name}:{number}: {line.strip()}",
                    "a construct that HLS does not take as it is meant",
                    construct.why,
                    construct.remedy,
                )
                for construct in CONSTRUCTS
                if (match := construct.pattern.search(code)) and match.groupdict().get("array", None) in {None, *arrays}
            ]
    return found

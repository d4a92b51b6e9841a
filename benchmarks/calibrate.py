"""``python -m benchmarks.calibrate``: the model beside public figures, and the kernels judged as they are.

Every figure and every error is printed, and docs/evidence.md is written anew.
"""

from __future__ import annotations

from benchmarks.calibration import errors, evidence, tables
from benchmarks.calibration.kernels import KERNELS, judge, judge_decoder
from benchmarks.calibration.logged import run_decoder_logged, run_logged
from benchmarks.calibration.rows import read_sources

TARGET = "u55c"


def main() -> None:
    figures = errors.all_figures()
    for figure in figures:
        role = "check" if figure.is_check else "input"
        values = f"{figure.reported:14,.5g} {figure.estimated:14,.5g} {100 * figure.error:+8.1f} %"
        print(f"   {figure.row.kind:18} {figure.row.id:46} {figure.name:9} {values}  {role}")
    logged = [*(run_logged(kernel, TARGET) for kernel in KERNELS), *run_decoder_logged(TARGET)]
    judged = [*(judge(kernel, TARGET) for kernel in KERNELS), *judge_decoder(TARGET)]
    sections = {
        "errors": tables.summaries(figures),
        "checks": tables.checks(figures),
        "explanations": tables.explanations(figures),
        "inputs": tables.inputs(figures),
        "sources": tables.sources(read_sources()),
        "kernels": tables.kernels(judged),
        "closed form against cycle log": tables.logs(logged),
    }
    for name in ("errors", "kernels", "closed form against cycle log"):
        print("\n".join(["", *sections[name]]))
    evidence.PAGE.write_text(evidence.filled(evidence.PAGE.read_text(), sections))


if __name__ == "__main__":
    main()

"""All that was compiled in a process or a dry run, and the forms in which it is given."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from torch_fpga.report import codec
from torch_fpga.report.data import GraphReport
from torch_fpga.report.text import render
from torch_fpga.report.trace import chrome_trace


@dataclasses.dataclass(slots=True)
class Report:
    """Everything that was compiled: print it, ``to_json()``, ``save_html(path)``."""

    torch_fpga_version: str
    torch_version: str
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    device: str = ""  # what runs the kernels, e.g. "emulation"
    device_reason: str = ""
    graphs: list[GraphReport] = dataclasses.field(default_factory=list)

    def text(self) -> str:
        """For a terminal of 120 columns."""
        return render(self)

    __str__ = text

    def to_json(self, path: str | Path | None = None) -> str:
        """The report as JSON, also written to ``path``. "legend" says the unit of each number and how it is known."""
        text = codec.dumps(self)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    @staticmethod
    def from_json(text: str) -> Report:
        """The report that ``to_json`` wrote."""
        return codec.loads(Report, text)

    def trace(self) -> str:
        """The kernels' tasks in time, in the format of Chrome's traces, which ui.perfetto.dev opens."""
        return chrome_trace(self.graphs)

    def html(self) -> str:
        """One page that needs no network."""
        from torch_fpga.report.html import page  # here, because jinja2 is needed only for a page

        return page(self)

    def save_html(self, path: str | Path) -> Path:
        """Writes ``html()`` to ``path``."""
        path = Path(path)
        path.write_text(self.html(), encoding="utf-8")
        return path

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.report.samples import long_report, search_report
from torch_fpga.report import EdgeReport, FallbackReport, GraphReport, NodeReport, RegionReport, Report

VOID = {"meta", "input", "br", "link"}
CHROMIUM = shutil.which("chromium") or ""
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium")


class Page(HTMLParser):
    """Checks that tags are nested, and keeps what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)

    def regions(self) -> list[str | None]:
        classes = [(attrs.get("class") or "", attrs) for tag, attrs in self.tags if tag == "g"]
        return [attrs["data-region"] for name, attrs in classes if "region" in name.split()]


@pytest.mark.parametrize("report", [search_report(), long_report()])
def test_one_group_a_region(report: Report) -> None:
    assert Page(report.html()).regions() == [region.id for region in report.graphs[0].regions]


@pytest.mark.parametrize("report", [search_report(), long_report()])
def test_every_node_is_in_the_table(report: Report) -> None:
    page = Page(report.html())
    rows = [attrs for tag, attrs in page.tags if tag == "tr" and "data-reason" in attrs]
    assert [row["data-reason"] for row in rows] == [node.reason_code for node in report.graphs[0].nodes]


def test_the_page_needs_no_network() -> None:
    for tag, attrs in Page(search_report().html()).tags:
        assert tag not in ("link", "img", "iframe")
        assert "src" not in attrs
        assert (attrs.get("href") or "#").startswith("#")


def test_it_explains_every_column_and_says_how_it_is_known() -> None:
    text = search_report().html()
    for known in ("estimated", "measured", "emulated"):
        assert f'<b class="tag">{known}</b>' in text
    assert text.count("<dt>") == text.count("<dd>") == 12


def test_hostile_names_stay_text() -> None:
    evil = "</title></text></script><script>alert(1)</script>\"'{{ 7 * 7 }}&lt;"
    node = NodeReport(evil, evil, "fpga", evil, evil, evil, evil, evil, evil)
    region = RegionReport(
        id=evil, device="fpga", stage=0, title=evil, why=evil, ops=[evil], kernel_cpp=evil, bound=evil
    )
    edges = [EdgeReport(f"input:{evil}", evil, evil, evil, evil), EdgeReport(evil, "output", evil, evil, evil)]
    graph = GraphReport(evil, [node], [region], edges, [FallbackReport(evil, evil, evil, evil)], notes=[evil])
    page = Page(Report(evil, evil, {evil: evil}, evil, evil, [graph]).html())
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert any("{{ 7 * 7 }}" in word for word in page.words)
    assert page.regions() == [evil]


@pytest.mark.parametrize(
    "graph",
    [
        GraphReport("empty"),
        GraphReport("training", [NodeReport("mm", "aten.mm", "gpu", "gpu0", "training", "training graphs stay whole")]),
        GraphReport("lone", regions=[RegionReport(id="gpu0", device="gpu", stage=0)]),
        GraphReport("passed on", edges=[EdgeReport("input:x", "output", "x")]),
    ],
    ids=lambda graph: graph.name,
)
def test_graphs_with_little_in_them(graph: GraphReport) -> None:
    Page(Report("0", "2", graphs=[graph]).html())


def test_save_html(tmp_path: Path) -> None:
    report = search_report()
    assert report.save_html(tmp_path / "report.html").read_text(encoding="utf-8") == report.html()


@needs_chromium
@pytest.mark.parametrize(("width", "said"), [(500, True), (1400, False)], ids=["narrow", "wide"])
def test_a_table_that_is_cut_off_says_that_it_scrolls(width: int, said: bool, tmp_path: Path) -> None:
    page = search_report().save_html(tmp_path / "report.html")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    options += [f"--window-size={width},900", "--virtual-time-budget=2000", "--dump-dom"]
    shown = subprocess.run([CHROMIUM, *options, page.as_uri()], capture_output=True, text=True, check=True).stdout
    scrolls = [attrs.get("data-scrolls") for tag, attrs in Page(shown).tags if attrs.get("class") == "scroll"]
    assert len(scrolls) >= 3
    assert any("→" in (direction or "") for direction in scrolls) is said

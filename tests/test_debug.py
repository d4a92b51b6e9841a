"""Where a dump goes, and what is said where it cannot."""

from __future__ import annotations

import itertools

import pytest

from torch_fpga import debug
from torch_fpga.debug import Dump
from torch_fpga.errors import UserError


@pytest.fixture
def new_process(monkeypatch):
    """Counts graphs from 0, as a process does that starts."""
    return lambda: monkeypatch.setattr(debug, "_graphs", itertools.count())


def test_each_graph_has_a_folder(tmp_path, monkeypatch, new_process):
    new_process()
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path / "dump"))
    assert [Dump().name for _ in range(2)] == ["graph0", "graph1"]
    assert sorted(path.name for path in (tmp_path / "dump").iterdir()) == ["graph0", "graph1"]


def test_another_process_counts_on(tmp_path, monkeypatch, new_process):
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path))
    for expected in ("graph0", "graph1"):
        new_process()
        dump = Dump()
        assert dump.name == expected
        dump.text("step", "text", "txt", 5)
        assert [path.name for path in (tmp_path / expected).iterdir()] == ["00_step.txt"]


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TORCH_FPGA_DUMP", str(tmp_path / "file" / "dump"))
    with pytest.raises(UserError, match=r"TORCH_FPGA_DUMP='.*file/dump' is no folder to write to: Not a directory"):
        Dump()


def test_without_a_dump_nothing_is_written(monkeypatch, new_process):
    new_process()
    assert (Dump().name, Dump().folder) == ("graph0", None)

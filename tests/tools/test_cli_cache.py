"""``torch-fpga cache``: what is there, and less of it on request."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from torch_fpga.runtime.cache import Cache, key_of
from torch_fpga.tools.cli import main

KEYS = [key_of(str(number)) for number in range(3)]


def _make(folder: Path) -> None:
    (folder / "kernel.so").write_text("x" * 1_000_000)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Three entries of 1 MB, used 3, 2 and 1 days ago."""
    monkeypatch.setenv("TORCH_FPGA_CACHE", str(tmp_path / "cache"))
    for age, key in zip((3, 2, 1), KEYS, strict=True):
        folder, _ = Cache(str(tmp_path / "cache")).entry(key, _make)
        used = time.time() - 86400 * age
        os.utime(folder, (used, used))
    return tmp_path / "cache"


def test_what_is_there(cache, capsys):
    assert main(["cache"]) == 0
    said = capsys.readouterr().out
    assert f"{cache}: 3.0 MB in 3 entries" in said
    assert "3 days ago (oldest) to 24 hours ago" in said
    assert "limit: 4,000.0 MB" in said


def test_the_oldest_go_first(cache, capsys):
    assert main(["cache", "--limit", "0.0025"]) == 0
    assert "evicted: 1 entries" in capsys.readouterr().out
    assert [entry.key for entry in Cache(str(cache)).entries()] == KEYS[1:]


def test_clear(cache, capsys):
    assert main(["cache", "--clear"]) == 0
    assert "0.0 MB in 0 entries" in capsys.readouterr().out
    assert list(cache.iterdir()) == []


def test_a_limit_below_nothing(capsys):
    assert main(["cache", "--limit", "-1"]) == 1
    assert "not a number of GB" in capsys.readouterr().err


def test_a_cache_that_others_can_write_to(cache, capsys):
    cache.chmod(0o777)
    assert main(["cache"]) == 1
    assert f"chmod -R go-w {cache}" in capsys.readouterr().err

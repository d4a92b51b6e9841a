"""What the tests of devices share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.probe import emulator, probe
from torch_fpga.runtime.xrt.image import XrtImage


@pytest.fixture
def image() -> Iterator[XrtImage]:
    made = emulator(timeout=1.0).load([probe(), probe()])
    yield made
    made.close()

"""The host code of a real card. There is none here: it is led to an emulated one, which takes the same calls."""

from __future__ import annotations

import json

import pytest

from tests.runtime.probe import script
from torch_fpga.errors import ToolError, UserError
from torch_fpga.options import Options
from torch_fpga.runtime.open_device import open_device
from torch_fpga.runtime.xrt import card

XILINX, OTHER = "0x10ee\n", "0x8086\n"


def _pci(folder, vendor):
    device = folder / "0000:65:00.1"
    device.mkdir()
    (device / "vendor").write_text(vendor)
    return folder


def test_cards_are_found_by_their_vendor(tmp_path):
    assert card.cards(_pci(tmp_path, XILINX)) == ["0000:65:00.1"]


def test_another_vendors_device_is_no_card(tmp_path):
    assert card.cards(_pci(tmp_path, OTHER)) == []


def test_without_a_card_that_is_said(monkeypatch):
    monkeypatch.setattr(card, "cards", list)
    with pytest.raises(ToolError, match="no Alveo card in this machine"):
        open_device("hw", Options().cache_dir, 1)
    assert "no Alveo card in this machine" in open_device("auto", Options().cache_dir, 1).reason


@pytest.fixture
def one_card(monkeypatch):
    monkeypatch.setattr(card, "cards", lambda: ["0000:65:00.1"])
    monkeypatch.setattr(card, "emulation", str)
    monkeypatch.setattr(card, "api", lambda: None)


def test_a_card_needs_an_xclbin(one_card, tmp_path):
    with pytest.raises(ToolError, match="no xclbin") as error:
        card.Card("test", "", 1)
    assert "torch_fpga.export" in str(error.value)
    with pytest.raises(UserError, match="is not a file"):
        card.Card("test", str(tmp_path / "a.xclbin"), 1)


def test_an_xclbin_needs_its_manifest(one_card, tmp_path):
    (tmp_path / "a.xclbin").touch()
    with pytest.raises(UserError, match=r"kernels\.json is not beside"):
        card.Card("test", str(tmp_path / "a.xclbin"), 1)


def test_a_kernel_that_is_not_in_the_xclbin_is_named(one_card, tmp_path):
    from tests.runtime.probe import probe

    (tmp_path / "a.xclbin").touch()
    (tmp_path / "kernels.json").write_text(json.dumps({"kernels": [{"name": "other", "identity": "0" * 64}]}))
    with pytest.raises(ToolError, match="no such kernel as probe"):
        card.Card("test", str(tmp_path / "a.xclbin"), 1).load([probe()])


def test_what_is_asked_for_must_have_been_built(one_card, tmp_path):
    from tests.runtime.probe import persistent_probe

    (tmp_path / "a.xclbin").touch()
    kernels = [{"name": "probe", "identity": persistent_probe().identity, "launch": "xrt"}]
    (tmp_path / "kernels.json").write_text(json.dumps({"kernels": kernels}))
    with pytest.raises(ToolError, match="probe is started for every step"):
        card.Card("test", str(tmp_path / "a.xclbin"), 1).load([persistent_probe()])


def test_the_host_code_of_a_card(tmp_path):
    """A kernel is found in an xclbin by what it is; buffers lie in the banks that XRT says; launches; closing."""
    script(
        tmp_path,
        """
        import contextlib, json, shutil
        from torch_fpga.codegen.identity import kernel_identity
        from torch_fpga.runtime.xrt import card
        from torch_fpga.runtime.xrt.status import ENVIRONMENT, StatusPage

        built = probe()
        load().close()  # writes an xclbin for the emulated card 0
        (folder,) = home._made.values()
        (made,) = folder.glob("*.xclbin")
        Path("hw").mkdir()
        shutil.copy(made, "hw/model.xclbin")
        # As an export writes it, from another process that called the kernel by another name.
        renamed = built.source.read_text().replace("probe", "exported")
        kernels = [{"name": "probe", "identity": kernel_identity("exported", renamed)}]
        Path("kernels.json").write_text(json.dumps({"kernels": kernels}))

        card.cards = lambda: ["0000:65:00.1"]
        card.emulation = lambda: ""
        card.CardWatch.polls = True  # XRT's own wait heeds no time-out on an emulated card
        status = StatusPage(20_000, True)
        with home.environment(folder, (ENVIRONMENT, status.path)):
            image = card.Card("test", "hw/model.xclbin", 0.3).load([built])
        assert not image.in_place
        assert [image.kernels[0].bank(argument) for argument in (0, 1)] == [0, 1]
        for _ in range(3):
            works(image)
        pair = Pair(image)
        assert code_of(image.kernels[0].start(pair.arguments(SLEEP, 1000)).wait) == "timeout"
        image.close()

        # A kernel that was built to be started once is commanded, whatever is asked for here.
        from torch_fpga.runtime.commands import CommandedKernel
        from torch_fpga.runtime.doorbell import Futex
        card.CardWatch.bell, card.CardWatch.has_host_memory, card.CardWatch.fixed_sight = Futex(), False, True
        emulator().load([persistent_probe()]).close()
        shutil.copy(made, "hw/model.xclbin")
        kernels[0]["launch"] = "persistent"
        Path("kernels.json").write_text(json.dumps({"kernels": kernels}))
        status = StatusPage(20_000, False)
        with home.environment(folder, (ENVIRONMENT, status.path)):
            image = card.Card("test", "hw/model.xclbin", 5.0).load([built])
        pair = Pair(image)
        for step in range(40):
            kernel = CommandedKernel(image.kernels[0])  # of another graph: there is one compute unit
            kernel.start(pair.arguments(ADD, step)).wait()
            pair.check(step)
        image.close()
        """,
    )

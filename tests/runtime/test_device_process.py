"""The device process of XRT's software emulation dies, does not start, or has no card left.

What could hurt the process it happens in runs in a script (``probe.script``), which has to exit cleanly by itself.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.runtime.probe import (
    cache_dir,
    emulator,
    probe,
    script,
    works,
)
from torch_fpga.errors import ToolError
from torch_fpga.runtime.open_device import open_device
from torch_fpga.runtime.xrt import emulator as emulator_module
from torch_fpga.runtime.xrt import native as native_module

DEATHS = {
    "idle": """
        os.kill(image.session.watch.status.device, signal.SIGKILL)
        time.sleep(0.1)
        codes = [code_of(lambda: kernel.start(pair.arguments()).wait())]
    """,
    "running": """
        run = kernel.start(pair.arguments(SLEEP, 10_000))
        queued = kernel.start(pair.arguments())
        time.sleep(0.1)
        os.kill(image.session.watch.status.device, signal.SIGKILL)
        codes = [code_of(run.wait), code_of(queued.wait)]
    """,
    "syncing": """
        buffer = image.buffer(256 << 20)
        buffer.host[:] = 1
        device = image.session.watch.status.device
        threading.Timer(0.2, os.kill, (device, signal.SIGKILL)).start()
        def sync():
            while True:
                buffer.to_device()
                buffer.to_host()
        codes = [code_of(sync, 2.2)]
    """,
    "stopped link": """
        import socket
        ends = []
        for name in os.listdir("/proc/self/fd"):
            try:
                ends.append(socket.socket(fileno=int(name)))
            except OSError:
                continue
        end = min((end for end in ends if end.family == socket.AF_UNIX), key=socket.socket.fileno)
        end.shutdown(socket.SHUT_RDWR)
        for end in ends:
            end.detach()
        codes = [code_of(lambda: kernel.start(pair.arguments()).wait())]
    """,
}


@pytest.mark.parametrize(("stage", "private"), [*((stage, False) for stage in DEATHS), ("syncing", True)])
def test_a_device_process_that_dies(tmp_path, stage, private):
    script(
        tmp_path,
        f"""
        bystander = subprocess.Popen(["sleep", "30"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        image = load(units=2, private_memory={private})
        other = load()
        kernel, pair = image.kernels[0], Pair(image)
        {DEATHS[stage]}
        assert set(codes) == {{"device-lost"}}, codes
        for use in (pair.x.to_device, pair.x.to_host, lambda: image.buffer(10), lambda: kernel.start(pair.arguments())):
            assert code_of(use) == "device-lost"
        works(other)
        start = time.monotonic()
        image.close()
        assert time.monotonic() - start < 2
        works(load())
        assert bystander.poll() is None, "the process group was signalled"
        bystander.kill()
        """,
    )


def test_a_device_process_that_does_not_start(tmp_path):
    script(
        tmp_path,
        """
        from torch_fpga.runtime.xrt import emulator as module
        built = module.native(module.Cache(emulator()._cache_dir))
        def broken(kind):
            folder = Path.cwd() / kind
            folder.mkdir()
            (folder / module_shim).symlink_to(built / module_shim)
            device = folder / "genericpciemodel"
            if kind == "not executable":
                device.write_bytes((built / "genericpciemodel").read_bytes())
            elif kind == "ends at once":
                device.write_text("#!/bin/sh\\nexit 0\\n")
                device.chmod(0o755)
            elif kind == "is killed":
                device.write_text("#!/bin/sh\\nkill -9 $$\\n")
                device.chmod(0o755)
            return folder
        module_shim = "libxrt_swemu.so.2"
        for kind in ("missing", "not executable", "ends at once", "is killed"):
            module.native = lambda cache, folder=broken(kind): folder
            for _ in range(2):
                code = code_of(load)
                assert code in ("device-lost", "device-failed"), (kind, code)
        module.native = lambda cache: built
        works(load())
        assert count()["children"] <= 1
        """,
    )


def _lose(monkeypatch, *, xrt: bool) -> None:
    if xrt:
        monkeypatch.setattr(native_module, "_KNOWN", {"0" * 64: "another build"})
    else:

        def missing():
            raise ToolError("XRT is not installed: libxrt_coreutil.so.2", code="no-xrt")

        monkeypatch.setattr(emulator_module, "api", missing)


@pytest.mark.parametrize(("xrt", "said"), [(True, "another build than the one known"), (False, "XRT is not installed")])
def test_without_a_known_xrt_kernels_run_in_this_process(monkeypatch, xrt, said):
    emulator()  # or skip
    _lose(monkeypatch, xrt=xrt)
    chosen = open_device("auto", cache_dir(), 1.0)
    assert chosen.name == "emulation"
    assert said in chosen.reason
    with pytest.raises(ToolError, match=said):
        open_device("sw_emu", cache_dir(), 1.0)
    works(chosen.load([probe()]))


@pytest.fixture
def two_cards() -> Iterator[None]:
    gc.collect()
    free = emulator_module._free_cards
    held = [free.pop() for _ in range(len(free) - 2)]
    yield
    free.extend(held)


@pytest.mark.usefixtures("two_cards")
def test_all_cards_in_use():
    emulated = emulator()
    images = [emulated.load([probe()]) for _ in range(2)]
    with pytest.raises(ToolError, match="in use") as error:
        emulated.load([probe()])
    assert error.value.code == "no-card"
    images.pop().close()
    works(emulated.load([probe()]))
    # A card that nobody refers to any more is free.
    works(emulated.load([probe()]))
    images.pop().close()

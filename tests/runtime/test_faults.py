"""Faults on XRT's software emulation: each ends in an FpgaError, and neither Python nor anything else suffers.

What could hurt the process it happens in runs in a script (``probe.script``), which has to exit cleanly by itself.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.runtime.probe import (
    ABORT,
    ADD,
    BYTES,
    DIVIDE,
    DOUBLE,
    EXIT,
    FAR_OUT,
    FOREVER,
    JUST_PAST,
    SLEEP,
    THROW,
    Pair,
    cache_dir,
    emulator,
    probe,
    script,
    works,
)
from torch_fpga.errors import FpgaError, InternalError, ToolError
from torch_fpga.runtime.device import open_device
from torch_fpga.runtime.xrt import buffer as buffer_module
from torch_fpga.runtime.xrt import emulator as emulator_module
from torch_fpga.runtime.xrt import native as native_module
from torch_fpga.runtime.xrt.image import XrtImage


@pytest.fixture
def image() -> Iterator[XrtImage]:
    made = emulator(timeout=1.0).load([probe(), probe()])
    yield made
    made.close()


def _code_of(run, limit: float = 2.0) -> str:
    start = time.monotonic()
    with pytest.raises(FpgaError) as error:
        run.wait()
    assert time.monotonic() - start < limit
    return error.value.code


def _status(image: XrtImage):
    return image.session.watch.status


CRASHES = [
    pytest.param(JUST_PAST, BYTES, "SIGSEGV", id="just-past"),
    pytest.param(FAR_OUT, 1 << 33, "SIGSEGV", id="far-out"),
    pytest.param(FAR_OUT, -(1 << 33), "SIGSEGV", id="far-before"),
    pytest.param(DIVIDE, 0, "SIGFPE", id="divide"),
    pytest.param(ABORT, 0, "SIGABRT", id="abort"),
    pytest.param(EXIT, 3, "exited with status 3", id="exit"),
    pytest.param(EXIT, 0, "exited with status 0", id="exit-0"),
]


@pytest.mark.parametrize(("what", "value", "said"), CRASHES)
def test_a_crash_is_an_error_and_the_unit_goes_on(image, what, value, said):
    pair = Pair(image)
    run = image.kernels[0].start(pair.arguments(what, value))
    with pytest.raises(InternalError, match=said) as error:
        run.wait()
    assert error.value.code == "kernel-crashed"
    works(image, 0)
    works(image, 1)


def test_an_endless_kernel_is_ended(image):
    run = image.kernels[0].start(Pair(image).arguments(FOREVER))
    start = time.monotonic()
    with pytest.raises(ToolError, match="no end after 1000 ms") as error:
        run.wait()
    assert error.value.code == "timeout"
    assert 0.9 < time.monotonic() - start < 4
    works(image)


def test_a_crash_ends_no_other_unit(image):
    bad = image.kernels[0].start(Pair(image).arguments(EXIT))
    for _ in range(20):
        works(image, 1)
    assert _code_of(bad) == "kernel-crashed"


def test_an_endless_kernel_blocks_no_other_unit():
    image = emulator(timeout=60).load([probe(), probe()])
    bad = image.kernels[0].start(Pair(image).arguments(FOREVER))
    for _ in range(20):
        works(image, 1)
    with pytest.raises(ToolError, match="not ended"):
        bad.wait(0)
    image.close()


def test_a_launch_after_a_failed_one_in_the_queue(image):
    pair = Pair(image, 1)
    runs = [image.kernels[0].start(pair.arguments(what)) for what in (DOUBLE, EXIT, DOUBLE, ABORT, FOREVER, DOUBLE)]
    outcomes = []
    for run in runs:
        try:
            run.wait()
            outcomes.append("")
        except FpgaError as error:
            outcomes.append(error.code)
    assert outcomes == ["", "kernel-crashed", "", "kernel-crashed", "timeout", ""]
    pair.check()


def test_a_killed_worker_is_replaced(image):
    works(image)
    first = _status(image).worker(0)
    os.kill(first, signal.SIGKILL)
    time.sleep(0.05)
    works(image)  # killed while idle: nothing was lost
    run = image.kernels[0].start(Pair(image).arguments(SLEEP, 10_000))
    time.sleep(0.05)
    os.kill(_status(image).worker(0), signal.SIGKILL)
    with pytest.raises(InternalError, match="ended by signal 9"):
        run.wait()
    works(image)
    assert _status(image).worker(0) != first


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


def test_out_of_memory(image):
    for size in (17 << 30, 1 << 50):
        with pytest.raises(ToolError) as error:
            image.buffer(size)
        assert error.value.code == "out-of-memory"
    many = [image.buffer(3 << 30, number) for number in range(5)]
    with pytest.raises(ToolError) as error:
        image.buffer(3 << 30, 5)
    assert error.value.code == "out-of-memory"
    works(image)
    many.pop().free()
    image.buffer(3 << 30).free()
    works(image)


def test_memory_that_the_machine_does_not_have(image):
    """The device process cannot make the buffer's file; XRT has no way to say so."""
    import resource

    pair = Pair(image)
    resource.prlimit(_status(image).device, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    for _ in range(3):
        with pytest.raises(ToolError) as error:
            image.buffer(2 << 20)
        assert error.value.code == "out-of-memory"
    image.kernels[0].start(pair.arguments(ADD, 1)).wait()
    pair.check(1)


def test_a_sync_in_chunks(image, monkeypatch):
    monkeypatch.setattr(buffer_module, "_SYNC_CHUNK", 4096)
    buffer = image.buffer(100_001)
    buffer.host[:] = data = np.random.default_rng(0).integers(0, 256, 100_001, np.uint8)
    buffer.to_device(4095, 50_000)
    buffer.to_host(1, 100_000)
    np.testing.assert_array_equal(buffer.host, data)


@pytest.mark.slow
def test_a_buffer_of_more_than_4_gib(image):
    """Needs 5 GiB, and many seconds."""
    size = (4 << 30) + 12345
    buffer = image.buffer(size)
    marks = [0, (1 << 30) - 1, 1 << 30, (1 << 32) - 1, 1 << 32, size - 1]
    for number, at in enumerate(marks):
        buffer.host[at] = number + 1
    start = time.monotonic()
    buffer.to_device()
    buffer.to_host()
    assert time.monotonic() - start < 20
    assert buffer.host[marks].tolist() == [1, 2, 3, 4, 5, 6]
    buffer.to_device(1 << 32, 100)


@pytest.mark.slow
def test_a_private_buffer_of_more_than_4_gib():
    """Needs 9 GiB: every byte is copied."""
    image = emulator(private_memory=True).load([probe()])
    size = (4 << 30) + 12345
    buffer = image.buffer(size)
    buffer.host[:: 1 << 20] = 7
    buffer.host[-1] = 9
    buffer.to_device()
    buffer.host[:] = 0
    buffer.to_host()
    assert (buffer.host[:: 1 << 20] == 7).all()
    assert buffer.host[-1] == 9
    image.close()


def test_64_launches_of_8_threads(image):
    failing = {3, 17, 42}

    def work(thread: int) -> list[str]:
        kernel = image.kernels[thread % 2]
        outcomes = []
        for number in range(8):
            pair = Pair(image, thread)
            fails = 8 * thread + number in failing
            run = kernel.start(pair.arguments(THROW if fails else ADD, thread))
            try:
                run.wait()
                pair.check(thread)
                outcomes.append("")
            except FpgaError as error:
                outcomes.append(error.code)
        return outcomes

    with ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for each in pool.map(work, range(8)) for outcome in each]
    assert [n for n, outcome in enumerate(outcomes) if outcome] == sorted(failing)


def test_64_launches_under_way_at_once(image):
    pairs = [Pair(image, thread) for thread in range(8)]
    barrier = threading.Barrier(8)

    def start(thread: int):
        barrier.wait()
        kernel = image.kernels[thread % 2]
        return [kernel.start(pairs[thread].arguments(ADD, thread)) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        runs = [run for each in pool.map(start, range(8)) for run in each]
    for run in reversed(runs):
        run.wait()
    for thread, pair in enumerate(pairs):
        pair.check(thread)


def test_a_fork_of_the_host(tmp_path):
    script(
        tmp_path,
        """
        import torch_fpga.runtime.device as devices
        emulated = emulator()
        image = emulated.load([probe()])
        kernel, pair = image.kernels[0], Pair(image)
        works(image)
        for ending in ("exit", "_exit", "close and collect"):
            under_way = kernel.start(pair.arguments(SLEEP, 100))
            child = os.fork()
            if not child:
                signal.alarm(10)
                for use in (under_way.wait, lambda: kernel.start(pair.arguments()), pair.x.to_device,
                            lambda: image.buffer(10), lambda: emulated.load([probe()])):
                    assert code_of(use) == "forked"
                assert "forked" in devices.open_device("auto", emulator_cache, 1.0).reason
                pair.x.free()
                if ending == "_exit":
                    os._exit(7)
                if ending != "exit":
                    image.close()
                    del image, kernel, pair, under_way, use
                    gc.collect()
                sys.exit(7)
            under_way.wait()
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 7, (ending, status)
            pair.check()
            works(image)
        works(load())
        """.replace("emulator_cache", repr(cache_dir())),
    )


def test_two_processes_at_once(tmp_path):
    code = """
        image = load(units=2)
        for _ in range(200):
            works(image, 0)
            works(image, 1)
    """
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda folder: script(folder, code), folders))


@pytest.mark.parametrize(
    "ending", ["pass", "sys.exit(0)", "image.close()", "threading.Thread(target=sys.exit).start()"]
)
def test_exit_with_work_outstanding(tmp_path, ending):
    start = time.monotonic()
    script(
        tmp_path,
        f"""
        image = load(timeout=0)
        pair = Pair(image)
        runs = [image.kernels[0].start(pair.arguments(FOREVER)) for _ in range(3)]
        threading.Thread(target=runs[0].wait, daemon=True).start()
        del runs
        time.sleep(0.1)
        {ending}
        """,
        limit=20,
    )
    assert time.monotonic() - start < 12


@pytest.mark.parametrize(
    ("launches", "buffers", "loads"),
    [(3000, 500, 40), pytest.param(10_000, 2000, 200, marks=pytest.mark.slow)],
)
def test_nothing_accumulates(tmp_path, launches, buffers, loads):
    script(
        tmp_path,
        f"""
        LAUNCHES, BUFFERS, LOADS = {launches}, {buffers}, {loads}
        """
        """
        from torch_fpga.runtime.xrt.emulator import Emulator
        emulated = emulator()
        def launches(image, pair, number):
            for _ in range(number):
                image.kernels[0].start(pair.arguments()).wait()
        def loads(number):
            for _ in range(number):
                image = emulated.load([probe()])
                pair = Pair(image)
                image.kernels[0].start(pair.arguments()).wait()
                image.close()
        def buffers(image, number):
            for _ in range(number):
                buffer = image.buffer(100_000)
                buffer.host[:] = 1
                buffer.to_device()
                buffer.free()
        def check(what, before, after, kilobytes):
            print(what, before, after)
            for key in ("files", "maps", "threads", "children"):
                assert after[key] <= before[key] + (4 if key == "maps" else 0), (what, key, before, after)
            assert after["kilobytes"] < before["kilobytes"] + kilobytes, (what, before, after)
        image = emulated.load([probe()])
        pair = Pair(image)
        launches(image, pair, 500)
        before = count()
        launches(image, pair, LAUNCHES)
        check("launches", before, count(), 3000)
        buffers(image, 200)
        before = count()
        buffers(image, BUFFERS)
        check("buffers", before, count(), 3000)
        pair.check()
        image.close()
        loads(10)
        before = count()
        loads(LOADS)
        check("loads", before, count(), 12_000)
        """,
    )


def test_signals_stay_the_hosts(tmp_path):
    script(
        tmp_path,
        """
        numbers = [s for s in signal.valid_signals() if s not in (signal.SIGKILL, signal.SIGSTOP)]
        def dispositions():
            lines = Path("/proc/self/status").read_text().splitlines()
            return [line for line in lines if line.startswith(("SigIgn", "SigCgt", "SigBlk"))]
        children = []
        signal.signal(signal.SIGCHLD, lambda *_: children.append(1))
        signal.signal(signal.SIGUSR1, lambda *_: children.append(2))
        before, handlers = dispositions(), [signal.getsignal(s) for s in numbers]
        image = load()
        works(image)
        code_of(lambda: image.kernels[0].start(Pair(image).arguments(EXIT, 1)).wait())
        assert dispositions() == before
        assert [signal.getsignal(s) for s in numbers] == handlers
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.01)
        assert 2 in children
        # Exit statuses are whose they were, cards open or closed.
        for status in (0, 3, 77):
            assert subprocess.run(["sh", "-c", f"exit {status}"]).returncode == status
        slow = subprocess.Popen(["sh", "-c", "sleep 0.2; exit 5"])
        image.close()
        assert slow.wait() == 5
        assert subprocess.run(["false"]).returncode == 1
        """,
    )


def test_a_crash_of_the_host_is_told_by_faulthandler(tmp_path):
    with pytest.raises(AssertionError, match=r"exit status -11(.|\n)*Segmentation fault(.|\n)*string_at"):
        script(
            tmp_path,
            """
            import ctypes
            image = load()
            works(image)
            ctypes.string_at(0)
            """,
        )


def test_ctrl_c(tmp_path):
    script(
        tmp_path,
        """
        image = load()
        pair = Pair(image)
        kernel = image.kernels[0]
        def interrupt(after):
            threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT)).start()
        interrupt(0.2)
        start = time.monotonic()
        run = kernel.start(pair.arguments(SLEEP, 1000))
        try:
            run.wait()
            raise AssertionError("not interrupted")
        except KeyboardInterrupt:
            assert time.monotonic() - start < 0.6
        run.wait()
        works(image)
        # At any moment: the launches after it are told apart all the same.
        for number in range(30):
            try:
                interrupt(0.01 + 0.0003 * number)
                while True:
                    kernel.start(pair.arguments(DOUBLE)).wait()
            except KeyboardInterrupt:
                pass
            assert code_of(lambda: kernel.start(pair.arguments(THROW)).wait()) == "kernel-failed"
            works(image)
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


def test_a_kernel_that_cannot_be_loaded(tmp_path):
    import dataclasses

    damaged = tmp_path / "kernel.so"
    damaged.write_bytes(probe().library.read_bytes()[:5000])
    free = len(emulator_module._free_cards)
    with pytest.raises(ToolError, match="probe"):
        emulator().load([dataclasses.replace(probe(), library=damaged)])
    assert len(emulator_module._free_cards) == free
    with pytest.raises(FpgaError):
        emulator().load([dataclasses.replace(probe(), library=tmp_path / "missing.so")])
    assert len(emulator_module._free_cards) == free


def test_images_loaded_by_8_threads():
    emulated = emulator()

    def work(_: int) -> None:
        for _ in range(3):
            image = emulated.load([probe()])
            for _ in range(5):
                works(image)
            image.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_closing_while_other_threads_launch(tmp_path):
    script(
        tmp_path,
        """
        import faulthandler
        faulthandler.dump_traceback_later(50)
        def launch(image, number, codes):
            try:
                while True:
                    works(image, number)
            except FpgaError as error:
                codes.append(error.code)
        for round in range(15):
            image = load(units=4)
            codes = []
            threads = [threading.Thread(target=launch, args=(image, number, codes)) for number in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(0.02 + 0.004 * round)
            start = time.monotonic()
            image.close()
            assert time.monotonic() - start < 2
            for thread in threads:
                thread.join(5)
                assert not thread.is_alive()
            assert set(codes) <= {"device-closed", "device-lost"} and len(codes) == 4, codes
        assert count()["children"] == 0
        """,
    )


def test_garbage_collection_at_any_moment(tmp_path):
    script(
        tmp_path,
        """
        import faulthandler
        faulthandler.dump_traceback_later(50)
        gc.set_threshold(50, 2, 2)  # all the time, in whichever thread
        def work():
            for _ in range(6):
                image = load(units=2)
                pair = Pair(image)
                for number in range(20):
                    run = image.kernels[number % 2].start(pair.arguments())
                    if number % 3:
                        run.wait()
                cycle = [image, pair]
                cycle.append(cycle)
        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gc.collect()
        assert count()["children"] == 0, count()
        """,
    )


def test_a_process_full_of_open_files(tmp_path):
    script(
        tmp_path,
        """
        import resource
        emulated = emulator()
        image = emulated.load([probe()])
        for limit in (300, 4096):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, 4096))
            files = []
            try:
                while len(files) < 1200:
                    files.append(open("/dev/null"))
            except OSError:
                pass
            assert code_of(lambda: emulated.load([probe()])) == "device-failed"
            for file in files:
                file.close()
        works(load())
        """,
    )


def test_a_killed_process_leaves_no_folder_for_long(tmp_path):
    output = script(
        tmp_path,
        """
        code = (
            "import os; from tests.runtime.probe import *; from tests.runtime.script import *;"
            "works(load()); print(*home._made.values(), flush=True); os.kill(os.getpid(), 9)"
        )
        child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        left = child.stdout.split()[0]
        assert Path(left).exists()
        works(load())
        print("stale", left)
        """,
    )
    assert not Path(output.split("stale ")[1].split()[0]).exists()

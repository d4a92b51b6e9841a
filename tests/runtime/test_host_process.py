"""The host's own process on XRT's software emulation: its end, its signals, its files, and nothing that piles up.

What could hurt the process it happens in runs in a script (``probe.script``), which has to exit cleanly by itself.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.runtime.probe import (
    script,
)


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

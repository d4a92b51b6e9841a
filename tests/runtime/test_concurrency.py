"""Many threads and processes on XRT's software emulation.

What could hurt the process it happens in runs in a script (``probe.script``), which has to exit cleanly by itself.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.runtime.probe import (
    ADD,
    THROW,
    Pair,
    cache_dir,
    emulator,
    probe,
    script,
    works,
)
from torch_fpga.errors import FpgaError


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
        import torch_fpga.runtime.open_device as devices
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

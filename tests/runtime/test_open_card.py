"""Graphs of one process on one card: it is open once, and has one copy of what they share. On an emulated one."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.runtime.probe import script

_HEAD = """
from tests.runtime.stand_in import *
from torch_fpga.runtime import residency

install()
"""


def on_card(tmp_path: Path, code: str) -> None:
    script(tmp_path, _HEAD + textwrap.dedent(code))


def test_graphs_share_the_card_and_a_copy(tmp_path):
    on_card(
        tmp_path,
        """
        file = bitstream("hw", [probe(), probe()])
        p = parameter()
        gc.collect()
        gc.disable()  # by reference counts alone
        graphs = [graph(file, [probe(), probe()]), graph(file, [probe()])]
        assert len(opened) == 1
        memory = sessions[0].memory
        empty = memory.taken
        assert [[sent(run, p) for run in runs] for runs in graphs] == [[1, 0], [0]]
        assert memory.taken == empty + BYTES
        p.numpy()[3] = 9  # what one of them sends, all have
        assert [[sent(run, p) for run in runs] for runs in graphs] == [[1, 0], [0]]
        # It stays with those that are left, and the others' memory goes.
        graphs.pop(0)
        assert memory.taken == BYTES + BYTES
        assert len(sessions[0].images) == 1
        assert sent(graphs[0][0], p) == 0
        p.numpy()[3] = 8
        assert sent(graphs[0][0], p) == 1
        assert not sessions[0].closed
        graphs.clear()
        assert sessions[0].closed and memory.taken == 0 and not residency._residents
        assert [sent(run, p) for run in graph(file, [probe()])] == [1]
        assert len(opened) == 2
        """,
    )


def test_a_lost_card_is_opened_once_more_for_all(tmp_path):
    on_card(
        tmp_path,
        """
        file = bitstream("hw", [probe()])
        p, graphs = parameter(), [graph(file, [probe()])[0] for _ in range(4)]
        for round in range(3):
            for run in graphs:
                sent(run, p)
            os.kill(opened[-1].device, signal.SIGKILL)
            assert code_of(lambda: graphs[round](p)) == "device-lost"
            failed = []
            def call(run):
                try:
                    sent(run, p)
                except BaseException as error:
                    failed.append(error)
            threads = [threading.Thread(target=call, args=(run,)) for run in graphs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not failed, failed
            assert len(opened) == round + 2
            assert [session.closed for session in sessions] == [True] * (round + 1) + [False]
        """,
    )


def test_a_card_has_one_xclbin_at_a_time(tmp_path):
    on_card(
        tmp_path,
        """
        one, two = bitstream("one", [probe()]), bitstream("two", [probe(), probe()])
        p, runs = parameter(), graph(one, [probe()])
        for _ in range(2):
            assert code_of(lambda: graph(two, [probe()])) == "card-in-use"
            assert sent(runs[0], p) < 2
        shutil.copy(one, "copy.xclbin")  # the same one, in another place
        shutil.copy("one/kernels.json", ".")
        assert sent(graph("copy.xclbin", [probe()])[0], p) == 0
        cycle = [runs]
        cycle.append(cycle)
        del runs, cycle
        assert sent(graph(two, [probe()])[0], p) == 1
        assert [session.closed for session in sessions] == [True, True]
        """,
    )


def test_what_is_resident_is_counted_against_the_card(tmp_path):
    on_card(
        tmp_path,
        """
        file = bitstream("hw", [probe()])
        runs, tensors = graph(file, [probe()]), [parameter(), parameter(7)]
        memory = sessions[0].memory
        assert memory.capacity == 32 * (16 << 30)  # of all banks that a kernel is wired to
        memory.capacity = memory.taken + BYTES
        sent(runs[0], tensors[0])
        memory.capacity += BYTES // 2
        assert sent(runs[0], tensors[1]) == 1  # it takes the place of the first
        memory.capacity += BYTES
        second = graph(file, [probe()])
        assert code_of(lambda: second[0](tensors[0])) == "out-of-memory"
        assert sent(second[0], tensors[1]) == 0
        """,
    )


def test_graphs_come_and_go_in_threads(tmp_path):
    on_card(
        tmp_path,
        """
        gc.set_threshold(50, 2, 2)
        file = bitstream("hw", [probe()])
        p, failed = parameter(), []
        def use(seed):
            mine = parameter(seed)
            try:
                for _ in range(12):
                    run = graph(file, [probe()])[0]
                    for x in (p, mine, p):
                        sent(run, x)
                    cycle = [run]
                    cycle.append(cycle)
            except BaseException as error:
                failed.append(error)
        threads = [threading.Thread(target=use, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        assert not failed, failed
        gc.collect()
        assert all(session.closed for session in sessions)
        assert sum(session.memory.taken for session in sessions) == 0
        """,
    )

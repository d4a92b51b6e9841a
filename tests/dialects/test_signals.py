"""Signal handlers wait for the end of a block, all of them, and are as before after it."""

from __future__ import annotations

import signal
import threading

import pytest

from torch_fpga.dialects.signals import signals_deferred


def _raise_timeout(*_) -> None:
    raise TimeoutError


@pytest.fixture(autouse=True)
def handlers():
    before = signal.signal(signal.SIGUSR1, _raise_timeout)
    yield
    assert signal.signal(signal.SIGUSR1, before) is _raise_timeout
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGUSR1, TimeoutError)], ids=["INT", "USR1"]
)
def test_a_signal_waits_for_the_end(number, error):
    ended = []

    def interrupted() -> None:
        with signals_deferred():
            with signals_deferred():
                signal.raise_signal(number)
            ended.append(True)

    with pytest.raises(error):
        interrupted()
    assert ended


def test_a_failure_does_not_lose_the_interrupt():
    def fail() -> None:
        with signals_deferred():
            signal.raise_signal(signal.SIGINT)
            raise ValueError

    with pytest.raises(KeyboardInterrupt) as raised:
        fail()
    assert isinstance(raised.value.__context__, ValueError)


def test_a_signal_nobody_sent():
    with signals_deferred():
        pass


def test_another_thread_has_nothing_to_put_off():
    def run() -> None:
        with signals_deferred():
            seen.append(signal.getsignal(signal.SIGINT))

    seen: list[object] = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]

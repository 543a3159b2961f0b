"""A signal that ends a program unwinds it first."""

import signal

import pytest

from pipelines.local.signals import signals_interrupt
from serving.local.signals import SIGNALS


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_interrupts_what_is_done(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), signals_interrupt():
        signal.raise_signal(number)


def test_afterwards_signals_do_what_they_did() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with signals_interrupt():
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == before

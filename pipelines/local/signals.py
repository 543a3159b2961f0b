"""Signals that should end this program, as the exception that unwinds it."""

import contextlib
import signal
import threading
from collections.abc import Iterator

from serving.local.signals import SIGNALS


@contextlib.contextmanager
def signals_interrupt() -> Iterator[None]:
    """Raise KeyboardInterrupt in this block for every signal that ends a program."""
    # Python installs signal handlers in the main thread only.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    originals = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, original in originals.items():
            signal.signal(number, original)

"""The signals that tell a program of this machine to end, and those as something to wait for."""

import asyncio
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def told_to_end() -> "asyncio.Future[None]":
    """A future that is done when a signal says that this program should end."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[None] = loop.create_future()
    for number in SIGNALS:
        loop.add_signal_handler(number, _tell, told)
    return told


def _tell(told: "asyncio.Future[None]") -> None:
    if not told.done():
        told.set_result(None)

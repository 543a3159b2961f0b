"""Which processes still live, of those that have another parent."""

import time
from collections.abc import Iterable

import psutil


def left_of(processes: Iterable[psutil.Process], seconds: float = 60) -> list[psutil.Process]:
    """Those that still live after so long; returns as soon as there is none."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def lives(process: psutil.Process) -> bool:
    """Whether it has not ended. A zombie has: it waits for whoever inherited it, which may never ask."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

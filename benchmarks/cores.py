"""Which core the servers of a benchmark have, and which its client: neither may take from the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

AVAILABLE = sorted(os.sched_getaffinity(0))
"""Where only one core is there, client and servers share it; the table says how many there were."""
CLIENT, SERVERS = AVAILABLE[0], AVAILABLE[-1]


@contextmanager
def started_on(core: int) -> Iterator[None]:
    """What this thread starts in the block stays on `core`, with everything that it starts in its turn."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

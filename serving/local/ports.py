"""Ports of this machine that nobody listens on."""

import random
import socket
from collections.abc import Iterator

# Below those that Linux hands out for outgoing connections, which could take one before its server does.
FIRST, LAST = 20_000, 32_000


class NoFreePortError(RuntimeError):
    """Every port of the range is taken."""


def free_ports(count: int) -> list[int]:
    """As many different ports on which nobody listens now; raises NoFreePortError where there are too few."""
    found = _free()
    try:
        return [next(found) for _ in range(count)]
    except StopIteration as error:
        raise NoFreePortError(f"there are no {count} free ports between {FIRST} and {LAST}") from error


def _free() -> Iterator[int]:
    # By chance, so that two programs that look at the same time find different ones.
    for port in random.sample(range(FIRST, LAST), LAST - FIRST):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        yield port

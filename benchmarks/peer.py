"""A peer of a comparison: something that answers rows, on some transport, and which processes it takes."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.wire import Ask


class Transport(StrEnum):
    """How a peer is asked."""

    REST = "REST"
    GRPC = "gRPC"


@dataclass(frozen=True)
class Peer:
    """One side of a comparison.

    - `name`: what the table calls it.
    - `pids`: the processes that answer, by what the table calls them.
    - `bodies`: the requests for some rows on a transport, to be sent in turn.
    - `connect`: a connection of its own on a transport.
    - `read`: the probabilities of an answer.
    """

    name: str
    pids: Mapping[str, int]
    bodies: Callable[[Transport, int], Sequence[bytes]]
    connect: Callable[[Transport], AbstractAsyncContextManager[Ask]]
    read: Callable[[Transport, bytes], Sequence[float]]

"""Peers measured in turn, round after round, so that what disturbs the machine disturbs them all."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import product
from statistics import median
from typing import Any

import numpy as np

from benchmarks.load import Measured, Step, closed_loop
from benchmarks.peer import Peer, Transport
from benchmarks.wire import Ask

# Float32 probabilities of the same rows, which went through text on one side.
SAME = 1e-4

type Report = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long and how often each case is measured."""

    sizes: Sequence[int]
    rounds: int
    seconds: float

    @property
    def cases(self) -> list[tuple[Transport, int]]:
        """Every transport with every number of rows."""
        return list(product(Transport, self.sizes))


@dataclass
class Compared:
    """A peer in one case: its requests, all of its rounds, and what it answered to the first request."""

    peer: str
    transport: Transport
    rows: int
    bodies: Sequence[bytes]
    first: Sequence[float]
    rounds: list[Measured] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The median of the requests a second."""
        return median(measured.rate for measured in self.rounds)

    def ratio(self, other: "Compared") -> float:
        """How many times as many requests as `other`: the median of the rounds' own ratios."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return median(mine.rate / others.rate for mine, others in pairs)

    def processor_ratio(self, other: "Compared") -> float:
        """How many times the processor time of one request of ours another takes."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return median(_total(others) / _total(mine) for mine, others in pairs)

    def same(self, other: "Compared") -> float:
        """The share of the first request's rows to which both answer the same probability."""
        return float(np.mean(np.abs(np.array(self.first) - np.array(other.first)) < SAME))

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        processor = [measured.processor_milliseconds() for measured in self.rounds]
        return {
            "peer": self.peer,
            "transport": self.transport,
            "rows": self.rows,
            "requests_per_second": self.rate,
            "p50_milliseconds": median(measured.percentile(50) for measured in self.rounds),
            "p99_milliseconds": median(measured.percentile(99) for measured in self.rounds),
            "processor_milliseconds_per_request": {
                name: median(round_[name] for round_ in processor) for name in processor[0]
            },
        }


async def compare(peers: Sequence[Peer], plan: Plan, connections: int, report: Report) -> list[Compared]:
    """Measure every peer in every case; the first peer is the one that the others are compared with."""
    compared = [await _first(peer, transport, size) for transport, size in plan.cases for peer in peers]
    for number in range(plan.rounds):
        for (transport, size), peer in product(plan.cases, peers):
            report(f"round {number + 1} of {plan.rounds}: {peer.name}, {transport}, {size} rows")
            (found,) = (c for c in compared if (c.peer, c.transport, c.rows) == (peer.name, transport, size))
            found.rounds.append(await _measure(peer, found, plan.seconds, connections))
    return compared


async def _first(peer: Peer, transport: Transport, size: int) -> Compared:
    """The answer to one request, after which a server has everything that it loads late."""
    bodies = peer.bodies(transport, size)
    async with peer.connect(transport) as ask:
        answer = await ask(bodies[0])
    return Compared(peer.name, transport, size, bodies, peer.read(transport, answer))


async def _measure(peer: Peer, case: Compared, seconds: float, connections: int) -> Measured:
    async with AsyncExitStack() as stack:
        asks = [await stack.enter_async_context(peer.connect(case.transport)) for _ in range(connections)]
        await closed_loop(_steps(asks, case.bodies), seconds / 10, {})
        return await closed_loop(_steps(asks, case.bodies), seconds, peer.pids)


def _steps(asks: Iterable[Ask], bodies: Sequence[bytes]) -> list[Step]:
    return [lambda number, ask=ask: ask(bodies[number % len(bodies)]) for ask in asks]  # type: ignore[misc]


def _total(measured: Measured) -> float:
    return sum(measured.processor_milliseconds().values())

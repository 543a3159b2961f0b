"""The monitor's store gone under load: what a client of the predictions notices, and what is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.events import EventSender
from benchmarks.load import Measured, Step, paced
from benchmarks.monitor import event_steps
from benchmarks.peer import Peer, Transport
from benchmarks.postgresql import Cluster
from benchmarks.published import Served

PREDICTIONS_A_SECOND = 40
CONNECTIONS = 10
SECONDS_TO_CATCH_UP = 60.0
SECONDS_TO_LOCK = 60.0
ACKNOWLEDGED = ("stored", "spooled")
COUNTER = "ontime_monitor_events_total"


@dataclass(frozen=True)
class Store:
    """The monitor's store, and the server that holds it where it is no file."""

    url: str
    server: Cluster | None

    @contextmanager
    def gone(self) -> Iterator[None]:
        """It is away in the block: stopped, or, a file, locked by somebody else."""
        if self.server is not None:
            self.server.stop()
            try:
                yield
            finally:
                self.server.start()
            return
        path = self.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=SECONDS_TO_LOCK, isolation_level=None)) as other:
            # Closed, it gives the lock back.
            other.execute("BEGIN IMMEDIATE")
            yield

    def events(self) -> int:
        """How many different events it has."""
        url = self.url.replace("postgresql://", "postgresql+psycopg://")
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            count = connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one()
        engine.dispose()
        return int(count)


@dataclass(frozen=True)
class Watched:
    """A served graph, its monitor's store, and who sends its events where no executor does."""

    served: Served
    store: Store
    sender: EventSender | None


async def measure_outage(watched: Watched, peer: Peer, size: int, seconds: float) -> dict[str, Any]:
    """Predictions at an even pace while the store is there, gone for `seconds`, and there again.

    Without an executor, which logs the events of what it answers, the client sends them, as many.
    """
    async with _predictions(peer, size) as steps, _logging(watched.served, watched.sender):
        before = await paced(steps, PREDICTIONS_A_SECOND, seconds / 2)
        with watched.store.gone():
            during = await paced(steps, PREDICTIONS_A_SECOND, seconds)
        after = await paced(steps, PREDICTIONS_A_SECOND, seconds / 2)
    acknowledged = await _acknowledged(watched.served)
    kept = await _kept(watched.store, acknowledged)
    return {
        "asked": peer.name,
        "seconds": seconds,
        "before": _latencies(before),
        "during": _latencies(during),
        "after": _latencies(after),
        "p50_ratio": during.percentile(50) / before.percentile(50),
        "p99_ratio": during.percentile(99) / before.percentile(99),
        "acknowledged": acknowledged,
        "kept": kept,
    }


def _latencies(measured: Measured) -> dict[str, float]:
    return {"p50_milliseconds": measured.percentile(50), "p99_milliseconds": measured.percentile(99)}


@asynccontextmanager
async def _predictions(peer: Peer, size: int) -> AsyncIterator[list[Step]]:
    bodies = peer.bodies(Transport.REST, size)
    async with AsyncExitStack() as stack:
        asks = [await stack.enter_async_context(peer.connect(Transport.REST)) for _ in range(CONNECTIONS)]
        yield [lambda number, ask=ask: ask(bodies[number % len(bodies)]) for ask in asks]  # type: ignore[misc]


@asynccontextmanager
async def _logging(served: Served, sender: EventSender | None) -> AsyncIterator[None]:
    """The two events of every prediction, sent beside them for as long as the block lasts."""
    if sender is None:
        yield
        return
    async with event_steps(sender, served.port("monitor", "monitor")) as steps:
        ended = asyncio.Event()

        async def log() -> None:
            while not ended.is_set():
                await paced(steps, 2 * PREDICTIONS_A_SECOND, 1)

        logging = asyncio.create_task(log())
        yield
        ended.set()
        await logging


async def _acknowledged(served: Served) -> int:
    """How many events the monitor says that it has acknowledged."""
    url = f"http://127.0.0.1:{served.port('monitor', 'monitor')}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        families = text_string_to_metric_families(await answer.text())
    samples = [sample for family in families for sample in family.samples if sample.name == COUNTER]
    return int(sum(sample.value for sample in samples if sample.labels["outcome"] in ACKNOWLEDGED))


async def _kept(store: Store, acknowledged: int) -> int:
    """How many events are in the store once it has caught up, or after a minute."""
    loop = asyncio.get_running_loop()
    end = loop.time() + SECONDS_TO_CATCH_UP
    kept = store.events()
    while kept < acknowledged and loop.time() < end:
        await asyncio.sleep(0.5)
        kept = store.events()
    return kept

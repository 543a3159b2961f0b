"""The published pod, once for each store of its monitor: its start takes longer than most measurements."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.outage import Store
from benchmarks.postgresql import BINARIES, running_cluster
from benchmarks.published import Published, Served, serving


class Database(StrEnum):
    """What the monitor keeps events in."""

    SQLITE = "SQLite"
    POSTGRESQL = "PostgreSQL"

    @property
    def is_installed(self) -> bool:
        """Whether it is here; SQLite comes with Python."""
        return self is Database.SQLITE or bool(BINARIES)


@dataclass(frozen=True)
class WatchedPod:
    """A running pod and the store of its monitor."""

    served: Served
    store: Store


class Pods:
    """Starts a pod when it is first asked for; all end with the block."""

    def __init__(self, published: Published, directory: Path) -> None:
        self._published, self._directory = published, directory
        self._stack = AsyncExitStack()
        self._running: dict[Database, WatchedPod] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def watched_on(self, database: Database) -> WatchedPod:
        """The pod whose monitor has a new store of a kind, which no published model's monitor reads."""
        if database not in self._running:
            self._running[database] = await self._start(database)
        return self._running[database]

    async def _start(self, database: Database) -> WatchedPod:
        store = Store(f"sqlite:///{self._directory / 'monitor.db'}", None)
        if database is Database.POSTGRESQL:
            cluster = self._stack.enter_context(running_cluster())
            store = Store(cluster.database(), cluster)
        published = self._published.keeping_events_in(store.url)
        served = await self._stack.enter_async_context(serving(published, self._directory / database))
        return WatchedPod(served, store)

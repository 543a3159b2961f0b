"""What a replica does beside taking events: judge closed windows, measure, catch up, forget what is old."""

import asyncio
import logging
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.detectors.windows import WindowShape
from serving.monitor.child import Evaluator
from serving.monitor.evaluation import DONE, LOST_LEASE, PERFORMANCE, STORE_AWAY, window_lease
from serving.monitor.gateway import Gateway
from serving.monitor.jobs import Jobs
from serving.monitor.metrics import Counters, StatusGauges
from serving.monitor.settings import MonitorSettings
from serving.monitor.status import read_status
from serving.monitor.store.leases import release
from serving.monitor.store.measurements import last_measured
from serving.monitor.store.outcomes import feedback_since, has_feedback
from serving.monitor.store.retention import prune
from serving.monitor.store.windows import closed_windows, is_pending, note_failure, note_unjudged

logger = logging.getLogger(__name__)

DAY_SECONDS = 86_400
PRUNE_SECONDS = 3600
CATCH_UP_SECONDS = 0.5
AGAIN = 20
"""After so many times of `performance_seconds` it is measured again, whether or not feedback came."""


class Watch:
    """The background work of one replica; what others do too is done under leases."""

    def __init__(
        self,
        settings: MonitorSettings,
        shape: WindowShape,
        engine: Engine,
        gateway: Gateway,
        counters: Counters,
    ) -> None:
        """`engine`: of its own, so that evaluations never wait for events or make them wait."""
        self.gauges = StatusGauges()
        self._settings, self._shape, self._engine, self._gateway = settings, shape, engine, gateway
        self._counters, self._jobs = counters, Jobs(counters.registry)
        self._evaluator = Evaluator(
            engine, settings.scope, settings.lease_seconds, settings.evaluation_seconds
        )
        self._measured_at = 0.0
        self._prune_at = 0.0

    def tasks(self) -> list[asyncio.Task[None]]:
        """Start everything; each task runs until it is cancelled."""
        seconds = self._settings.tick_seconds
        return [
            self._jobs.start("catch_up", self._catch_up, CATCH_UP_SECONDS),
            self._jobs.start("refresh", self._refresh, seconds),
            self._jobs.start("judge", self.judge, seconds),
            self._jobs.start("note_unjudged", self._note_unjudged, seconds),
            self._jobs.start("measure", self.measure, self._settings.performance_seconds),
            self._jobs.start("prune", self.prune, seconds),
        ]

    async def judge(self) -> None:
        """Evaluate every closed window whose lease is free, once each, the latest first."""
        tried: set[int] = set()
        while (start := await self._latest_closed(tried)) is not None:
            tried.add(start)
            await self._judge(start)

    async def measure(self) -> None:
        """Measure performance if actuals have come since it was last done, or if that was long ago.

        They and what they speak of may come later than they were received, from the spool of another replica.
        """
        if not self._gateway.store_is_present:
            return
        if not await asyncio.to_thread(self._is_feedback_unmeasured):
            return
        if (lease := await self._evaluator.acquire(PERFORMANCE)) is None:
            return
        began = time.time()
        if await self._evaluator.run(lease, "performance") == DONE:
            self._measured_at = began

    async def prune(self) -> None:
        """Forget what is older than the retention, if an hour has gone since that was last done."""
        now = time.time()
        if not self._gateway.store_is_present or now < self._prune_at:
            return
        before = now - self._settings.retention_days * DAY_SECONDS
        deleted = await asyncio.to_thread(prune, self._engine, self._settings.scope, before)
        self._prune_at = now + PRUNE_SECONDS
        if deleted:
            logger.info("forgot %s rows from before the retention", deleted)

    def status(self) -> dict[str, object]:
        """The status as the store has it now, or as it was last seen where the store is away."""
        try:
            found = read_status(self._engine, self._settings.scope, self._settings.model_hash, self._shape)
        except SQLAlchemyError:
            if self.gauges.status is None:
                return {"store": self._store()}
            found = self.gauges.status
        return {**found, "store": self._store()}

    async def _latest_closed(self, tried: set[int]) -> int | None:
        """The latest closed window but for those; looked for anew, since an evaluation takes seconds."""
        if not self._gateway.store_is_present or self._gateway.spooled:
            # What waits in the spool may belong to a window that is about to be judged.
            return None
        closed = await asyncio.to_thread(self._closed)
        return next((start for start in closed if start not in tried), None)

    async def _judge(self, start: int) -> None:
        version = self._settings.model_hash
        if (lease := await self._evaluator.acquire(window_lease(version, start))) is None:
            return
        if not await asyncio.to_thread(self._is_pending, start):
            # Another replica was through before the lease was taken.
            await asyncio.to_thread(release, self._engine, lease)
            return
        status = await self._evaluator.run(lease, "window", str(start))
        if status not in {DONE, LOST_LEASE, STORE_AWAY}:
            logger.error("the evaluation of the window at %s ended with %s", start, status)
            scope = self._settings.scope
            await asyncio.to_thread(note_failure, self._engine, scope, version, start, time.time())

    def _closed(self) -> list[int]:
        settings = self._settings
        with self._engine.connect() as connection:
            return closed_windows(
                connection,
                settings.scope,
                settings.model_hash,
                now=time.time(),
                grace=settings.grace_seconds,
            )

    def _is_pending(self, start: int) -> bool:
        with self._engine.connect() as connection:
            return is_pending(connection, self._settings.scope, self._settings.model_hash, start)

    def _is_feedback_unmeasured(self) -> bool:
        """Whether there is feedback that neither this replica nor another has just measured."""
        scope, seconds = self._settings.scope, self._settings.performance_seconds
        with self._engine.connect() as connection:
            measured_at = max(self._measured_at, last_measured(connection, scope))
            if time.time() - measured_at >= AGAIN * seconds:
                return has_feedback(connection, scope)
            # What was received a moment before may not have been stored yet.
            return feedback_since(connection, scope, measured_at - seconds) > 0

    async def _note_unjudged(self) -> None:
        settings = self._settings
        if not self._gateway.store_is_present:
            return
        windows = await asyncio.to_thread(
            note_unjudged,
            self._engine,
            settings.scope,
            settings.model_hash,
            now=time.time(),
            grace=settings.unjudged_seconds,
        )
        if windows:
            logger.warning("no replica was left to judge %s windows of other model versions", windows)
        self._counters.left_unjudged(windows)

    async def _catch_up(self) -> None:
        await asyncio.to_thread(self._gateway.catch_up)

    async def _refresh(self) -> None:
        status = await asyncio.to_thread(self.status)
        if "windows" in status:
            self.gauges.status = status

    def _store(self) -> dict[str, object]:
        return {"present": self._gateway.store_is_present, "spooled": self._gateway.spooled}

"""One evaluation at a time in a child process, under a lease that is renewed while the child lives."""

import asyncio
import contextlib
import logging
import sys
import uuid

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.monitor.evaluation import LOST_LEASE
from serving.monitor.store import leases

logger = logging.getLogger(__name__)

KILLED = -9
# Written into leases, for people: which replica holds one.
HOLDER = str(uuid.uuid4())


class Evaluator:
    """Runs `serving.monitor.evaluation` for whoever gets the lease."""

    def __init__(self, engine: Engine, scope: str, lease_seconds: int, evaluation_seconds: int) -> None:
        """`lease_seconds`: how long a lease lasts without being renewed."""
        self._engine, self._scope = engine, scope
        self._lease_seconds, self._evaluation_seconds = lease_seconds, evaluation_seconds

    async def acquire(self, name: str) -> leases.Lease | None:
        """Take a lease, if nobody holds it; raises sqlalchemy.exc.SQLAlchemyError."""
        return await asyncio.to_thread(
            leases.acquire, self._engine, self._scope, name, HOLDER, self._lease_seconds
        )

    async def run(self, lease: leases.Lease, *arguments: str) -> int:
        """Evaluate under a lease, leave it, and return the child's exit status.

        A child that outlives `evaluation_seconds`, its lease or this call is killed; one that outlives its
        lease has LOST_LEASE for a status. Raises OSError where no child can be started.
        """
        try:
            return await self._evaluate(lease, *arguments)
        finally:
            await asyncio.shield(asyncio.to_thread(self._release, lease))

    async def _evaluate(self, lease: leases.Lease, *arguments: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "serving.monitor.evaluation",
            *arguments,
            str(lease.token),
            # Held open, never written to: it closes when this process ends, and so does the child.
            stdin=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._evaluation_seconds):
                return await self._wait(process, lease)
        except TimeoutError:
            logger.error("an evaluation took more than %s s", self._evaluation_seconds)  # noqa: TRY400
            return KILLED
        finally:
            await self._end(process)

    async def _wait(self, process: asyncio.subprocess.Process, lease: leases.Lease) -> int:
        """The child's exit status, or LOST_LEASE while it still runs."""
        while True:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(process.wait()), self._lease_seconds / 3)
            try:
                held = await asyncio.to_thread(leases.renew, self._engine, lease, self._lease_seconds)
            except SQLAlchemyError:
                # The child finds out for itself; its result is refused if the lease has gone meanwhile.
                continue
            if not held:
                logger.warning("another replica has taken the lease %s", lease.name)
                return LOST_LEASE

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.kill()
            await asyncio.shield(process.wait())

    def _release(self, lease: leases.Lease) -> None:
        # Where the store is away, the lease runs out by itself.
        with contextlib.suppress(SQLAlchemyError):
            leases.release(self._engine, lease)

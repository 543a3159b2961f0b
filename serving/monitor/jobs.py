"""Work in the background, one turn after another: however a turn ends, the job goes on at its next one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.exc import SQLAlchemyError

from serving.monitor.metrics import PREFIX

logger = logging.getLogger(__name__)

FAILED_SECONDS = 10
"""A job that fails at every turn must neither fill the log nor press what it fails at."""

Turn = Callable[[], Awaitable[None]]


class Jobs:
    """Starts jobs, and counts the turns of each that failed."""

    def __init__(self, registry: CollectorRegistry, failed_seconds: float = FAILED_SECONDS) -> None:
        """`failed_seconds`: the least that a job waits after a turn that failed."""
        self._failed_seconds = failed_seconds
        self._failed = Counter(
            PREFIX + "failed_turns",
            "Turns of the work in the background that ended in an error.",
            ["job"],
            registry=registry,
        )

    def start(self, name: str, turn: Turn, pause: float) -> asyncio.Task[None]:
        """Take turns, `pause` seconds between them, until the task is cancelled."""
        self._failed.labels(name)
        return asyncio.create_task(self._repeat(name, turn, pause), name=name)

    async def _repeat(self, name: str, turn: Turn, pause: float) -> None:
        while True:
            done = await self._take(name, turn)
            await asyncio.sleep(pause if done else max(pause, self._failed_seconds))

    async def _take(self, name: str, turn: Turn) -> bool:
        """Take a turn; whether it came to its end."""
        try:
            await turn()
        except SQLAlchemyError as error:
            cause = type(getattr(error, "orig", None) or error).__name__
            logger.warning("%s waits for the store (%s)", name, cause)
        except Exception:
            logger.exception("%s failed, and is tried again", name)
        else:
            return True
        self._failed.labels(name).inc()
        return False

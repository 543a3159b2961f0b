"""Work in the background goes on after a turn that failed, and says that it did."""

import asyncio
import sqlite3
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import OperationalError

from serving.monitor.jobs import Jobs

ERRORS = [
    BlockingIOError("no more processes"),
    sqlite3.OperationalError("database or disk is full"),
    OperationalError("SELECT 1", {}, Exception("away")),
]


def take_turns(registry: CollectorRegistry, turn: Callable[[int], None], turns: int) -> asyncio.Task[None]:
    """A job that was cancelled once it had taken so many turns; `turn` is told how many there were before."""

    async def scenario() -> asyncio.Task[None]:
        taken, enough = 0, asyncio.Event()

        async def act() -> None:
            nonlocal taken
            taken += 1
            if taken == turns:
                enough.set()
            turn(taken - 1)

        task = Jobs(registry, failed_seconds=0).start("work", act, pause=0)
        async with asyncio.timeout(60):
            await enough.wait()
            task.cancel()
            await asyncio.wait([task])
        return task

    return asyncio.run(scenario())


def fail_first(error: Exception) -> Callable[[int], None]:
    def turn(before: int) -> None:
        if not before:
            raise error

    return turn


def failed_turns(registry: CollectorRegistry) -> float | None:
    return registry.get_sample_value("ontime_monitor_failed_turns_total", {"job": "work"})


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_job_goes_on_after_a_turn_that_failed(error: Exception) -> None:
    assert take_turns(CollectorRegistry(), fail_first(error), turns=3).cancelled()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_turn_that_failed_is_counted(error: Exception) -> None:
    registry = CollectorRegistry()
    take_turns(registry, fail_first(error), turns=3)
    assert failed_turns(registry) == 1


def test_a_job_that_never_failed_is_shown_with_none() -> None:
    registry = CollectorRegistry()
    take_turns(registry, lambda _: None, turns=2)
    assert failed_turns(registry) == 0


def test_an_error_that_is_not_the_stores_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    take_turns(CollectorRegistry(), fail_first(BlockingIOError("no more processes")), turns=2)
    assert "work failed" in caplog.text
    assert "Traceback" in caplog.text
    assert "no more processes" in caplog.text

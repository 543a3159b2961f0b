"""In which order windows are judged: what is of today never waits for what is of the past."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from serving.monitor.child import Evaluator
from serving.monitor.evaluation import DONE
from serving.monitor.events import read_event
from serving.monitor.gateway import Gateway
from serving.monitor.status import read_status
from serving.monitor.store.leases import Lease, acquire
from serving.monitor.store.windows import settle
from serving.monitor.store.writes import write_batch
from serving.monitor.watch import Watch
from tests.examples.serving.monitored import DEPLOYMENT, EXPECTED, NAMESPACE, SHAPE, day

AN_HOUR = 3600
SCOPE, VERSION = f"{NAMESPACE}/{DEPLOYMENT}", EXPECTED.model_version


def store_days(engine: Engine, *numbers: int) -> None:
    """A row of each day, all stored so long ago that their windows are closed."""
    events = [prediction.request() for number in numbers for prediction in day(number, rows=1)]
    now = datetime.now(UTC)
    records = [read_event(event.headers, event.body, EXPECTED, now) for event in events]
    write_batch(engine, SCOPE, records, now.timestamp() - AN_HOUR)


def judged(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None] = lambda: None
) -> list[int]:
    """The day of each window in the order of their evaluations in one turn, the first of May being 0.

    None of them comes to anything; `meanwhile` is what happens during the first.
    """
    days: list[int] = []

    async def run(_: Evaluator, __: Lease, ___: str, start: str) -> int:
        days.append(datetime.fromtimestamp(int(start), UTC).day - 1)
        if len(days) == 1:
            meanwhile()
        return DONE

    monkeypatch.setattr(Evaluator, "run", run)
    asyncio.run(watch.judge())
    return days


def test_the_latest_window_is_judged_first(
    watch: Watch, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_days(engine, 0, 1, 2)
    assert judged(watch, monkeypatch) == [2, 1, 0]


def test_a_window_that_closes_meanwhile_is_judged_next(
    watch: Watch, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_days(engine, 0, 1)
    assert judged(watch, monkeypatch, lambda: store_days(engine, 2)) == [1, 2, 0]


def test_no_more_windows_are_judged_once_events_wait_for_the_store(
    watch: Watch, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_days(engine, 0, 1)
    assert judged(watch, monkeypatch, lambda: monkeypatch.setattr(Gateway, "spooled", 1)) == [1]


def settle_day(engine: Engine, number: int, verdict: str) -> None:
    start = int(datetime(2013, 5, 1 + number, 4, tzinfo=UTC).timestamp())
    lease = acquire(engine, SCOPE, str(start), "somebody", 30)
    assert lease is not None
    found = {"verdict": verdict, "rows": 1, "factor": 1.0, "above": [], "statistics": {}}
    judgement = {"drift": found, "prediction": {**found, "verdict": "stable"}}
    settle(engine, lease, VERSION, start, judgement=judgement, closed_rows=1, now=0)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_breach_is_the_same_in_whatever_order_its_windows_were_judged(
    engine: Engine, order: tuple[int, ...]
) -> None:
    verdicts = ("drift", "stable", "insufficient", "drift")
    store_days(engine, *order)
    for number in order:
        settle_day(engine, number, verdicts[number])
    breach = read_status(engine, SCOPE, VERSION, SHAPE)["breaches"]["drift"]
    assert (breach["breached"], breach["drifting"], breach["tested"]) == (True, 2, 3)

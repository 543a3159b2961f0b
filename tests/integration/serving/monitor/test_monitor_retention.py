"""The retention as a monitor keeps it: from its first minute on, and once an hour."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from serving.artifact import ModelDirectory
from serving.monitor.events import read_event
from serving.monitor.store import schema
from serving.monitor.store.writes import write_batch
from serving.monitor.watch import Watch
from tests.examples.serving.monitor_process import running_monitor
from tests.examples.serving.monitored import DEPLOYMENT, EXPECTED, NAMESPACE, Prediction, rows_of

LONG_AGO = datetime.now(UTC) - timedelta(days=61)


def store_an_old_row(engine: Engine) -> None:
    request = Prediction(rows_of(1, 1)).request().but(ce_time=LONG_AGO.isoformat())
    record = read_event(request.headers, request.body, EXPECTED, LONG_AGO)
    write_batch(engine, f"{NAMESPACE}/{DEPLOYMENT}", [record], LONG_AGO.timestamp())


def stored_rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(schema.slices)).scalar_one()


def test_a_monitor_keeps_the_retention_as_soon_as_it_has_seen_the_store(
    model: ModelDirectory, url: str, engine: Engine, tmp_path: Path
) -> None:
    store_an_old_row(engine)
    with running_monitor(model, url, tmp_path / "spool"):
        deadline = time.monotonic() + 60
        while stored_rows(engine):
            assert time.monotonic() < deadline, "nothing was forgotten"
            time.sleep(0.05)


def test_what_is_old_is_looked_for_once_an_hour(watch: Watch, engine: Engine) -> None:
    asyncio.run(watch.prune())
    store_an_old_row(engine)
    asyncio.run(watch.prune())
    assert stored_rows(engine) == 1

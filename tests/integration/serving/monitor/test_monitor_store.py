"""The store, on SQLite and on PostgreSQL: once each, joined in any order, counted by window."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from serving.monitor.events import read_event
from serving.monitor.gateway import Gateway
from serving.monitor.metrics import Counters
from serving.monitor.records import AnyRecord
from serving.monitor.refusal import RefusedEventError
from serving.monitor.spool import Spool
from serving.monitor.store import leases, schema
from serving.monitor.store.connection import open_engine
from serving.monitor.store.migrations import migrate
from serving.monitor.store.outcomes import labelled_rows
from serving.monitor.store.retention import prune
from serving.monitor.store.rows import WindowRows, window_rows
from serving.monitor.store.windows import closed_windows, latest_windows, note_failure, settle
from serving.monitor.store.writes import write_batch
from tests.examples.serving.monitored import (
    EXPECTED,
    FIRST_DAY,
    SENT_AT,
    Event,
    Prediction,
    day,
    json_event,
    rows_of,
)

SCOPE = "ontime/parcels"
VERSION = EXPECTED.model_version
NOW = SENT_AT.timestamp()
START = int(datetime(2013, 5, 1, 4, tzinfo=UTC).timestamp())
# For who writes beside others to SQLite, which lets one at a time and makes no queue.
SECONDS_FOR_ALL = 120


def record(event: Event, received_at: float = NOW) -> AnyRecord:
    return read_event(event.headers, event.body, EXPECTED, datetime.fromtimestamp(received_at + 60, UTC))


def store(engine: Engine, *events: Event, now: float = NOW) -> int:
    """Store events in one batch; how many were new."""
    return len(write_batch(engine, SCOPE, [record(event) for event in events], now))


def rows_in(engine: Engine, start: int = START, limit: int = 1000) -> WindowRows:
    with engine.connect() as connection:
        return window_rows(connection, SCOPE, VERSION, start, features=3, limit=limit)


def test_a_request_is_joined_with_its_response_in_whatever_order_they_come(engine: Engine) -> None:
    first, second = Prediction(rows_of(2, 1), probability=0.25), Prediction(rows_of(3, 2), probability=0.75)
    store(engine, first.request())
    store(engine, second.response())
    store(engine, second.request())
    store(engine, first.response())
    rows = rows_in(engine)
    assert sorted(rows.probabilities.tolist()) == [0.25] * 2 + [0.75] * 3


def test_the_rows_come_back_as_they_went_in(engine: Engine) -> None:
    table = rows_of(4, 1)
    table[2, 1] = np.nan
    store(engine, Prediction(table).request())
    np.testing.assert_array_equal(rows_in(engine).features, table)


def test_a_duplicate_counts_once_within_a_batch_and_across(engine: Engine) -> None:
    request = Prediction(rows_of(2, 1)).request()
    assert store(engine, request, request) == 1
    assert store(engine, request) == 0
    with engine.connect() as connection:
        assert [window.rows for window in latest_windows(connection, SCOPE, VERSION, 5)] == [2]


def test_a_request_of_two_days_counts_in_two_windows(engine: Engine) -> None:
    prediction = Prediction(rows_of(3, 1))
    document = prediction.request_document
    document["meta"]["tags"]["predicted_at"] = [
        instant.isoformat() for instant in (FIRST_DAY, FIRST_DAY + timedelta(days=1), FIRST_DAY)
    ]
    store(engine, json_event("inference.request", prediction.request_id, document))
    with engine.connect() as connection:
        assert [window.rows for window in latest_windows(connection, SCOPE, VERSION, 5)] == [2, 1]


def test_a_window_of_too_many_rows_is_read_in_part_and_counted_whole(engine: Engine) -> None:
    for prediction in day(0, rows=10):
        store(engine, prediction.request())
    rows = rows_in(engine, limit=4)
    assert (len(rows.features), rows.counted) == (4, 10)


def test_the_first_of_a_later_window_closes_the_one_before(engine: Engine) -> None:
    store(engine, Prediction(rows_of(1, 1)).request(), now=NOW)
    store(engine, Prediction(rows_of(1, 2), predicted_at=FIRST_DAY + timedelta(days=1)).request(), now=NOW)
    with engine.connect() as connection:
        assert closed_windows(connection, SCOPE, VERSION, now=NOW + 9, grace=10) == []
        assert START in closed_windows(connection, SCOPE, VERSION, now=NOW + 10, grace=10)


def taken(engine: Engine, name: str, seconds: int = 30) -> leases.Lease:
    lease = leases.acquire(engine, SCOPE, name, "somebody", seconds)
    assert lease is not None
    return lease


def settle_first(engine: Engine, lease: leases.Lease, closed_rows: int = 1) -> None:
    settle(engine, lease, VERSION, START, judgement={"by": lease.token}, closed_rows=closed_rows, now=NOW)


def test_what_comes_after_the_judgement_is_late_and_not_lost(engine: Engine) -> None:
    store(engine, Prediction(rows_of(1, 1)).request())
    settle_first(engine, taken(engine, "w"))
    store(engine, Prediction(rows_of(2, 2)).request())
    with engine.connect() as connection:
        window = latest_windows(connection, SCOPE, VERSION, 1)[0]
    assert (window.rows, window.late_rows, window.state) == (3, 2, "judged")


def test_a_lease_is_held_by_one_alone_until_it_is_left(engine: Engine) -> None:
    lease = taken(engine, "w")
    assert leases.acquire(engine, SCOPE, "w", "another", 30) is None
    leases.release(engine, lease)
    assert taken(engine, "w").token == lease.token + 1


def test_who_lost_a_lease_writes_nothing(engine: Engine) -> None:
    store(engine, Prediction(rows_of(1, 1)).request())
    lost = taken(engine, "w", seconds=-2)
    holder = taken(engine, "w")
    with pytest.raises(leases.LostLeaseError):
        settle_first(engine, lost)
    assert not leases.renew(engine, lost, 30)
    settle_first(engine, holder)
    with engine.connect() as connection:
        assert latest_windows(connection, SCOPE, VERSION, 1)[0].judgement == {"by": holder.token}


def test_of_many_that_want_a_lease_at_once_one_gets_it(engine: Engine) -> None:
    got: list[leases.Lease | None] = []
    threads = [
        threading.Thread(target=lambda: got.append(leases.acquire(engine, SCOPE, "w", "one", 30)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in got) == 1


def test_a_window_that_cannot_be_judged_is_given_up_in_the_end(engine: Engine) -> None:
    store(engine, Prediction(rows_of(1, 1)).request())
    for _ in range(3):
        note_failure(engine, SCOPE, VERSION, START, NOW)
    with engine.connect() as connection:
        window = latest_windows(connection, SCOPE, VERSION, 1)[0]
    assert (window.state, window.failures) == ("failed", 3)


def test_the_last_feedback_that_knows_a_row_counts(engine: Engine) -> None:
    prediction = Prediction(rows_of(3, 1))
    store(engine, *prediction.events(), prediction.feedback(0, None, None))
    later = read_event(
        *_parts(prediction.feedback(1, 1, None)), EXPECTED, datetime.fromtimestamp(NOW + 90, UTC)
    )
    write_batch(engine, SCOPE, [later], NOW)
    with engine.connect() as connection:
        assert labelled_rows(connection, SCOPE, VERSION, 100).actuals.tolist() == [1, 1]


def _parts(event: Event) -> tuple[dict[str, str], bytes]:
    return event.headers, event.body


def test_feedback_may_come_before_what_it_speaks_of(engine: Engine) -> None:
    prediction = Prediction(rows_of(1, 1), probability=0.5)
    store(engine, prediction.feedback(1))
    store(engine, *prediction.events())
    with engine.connect() as connection:
        assert labelled_rows(connection, SCOPE, VERSION, 100).probabilities.tolist() == [0.5]


def test_feedback_of_another_number_of_rows_speaks_of_none(engine: Engine) -> None:
    prediction = Prediction(rows_of(2, 1))
    store(engine, *prediction.events(), prediction.feedback(1))
    with engine.connect() as connection:
        assert len(labelled_rows(connection, SCOPE, VERSION, 100).actuals) == 0


def test_the_retention_forgets_what_is_older_and_nothing_else(engine: Engine) -> None:
    old, new = Prediction(rows_of(1, 1)), Prediction(rows_of(1, 2))
    store(engine, *old.events(), now=NOW)
    write_batch(engine, SCOPE, [record(event, NOW + 1000) for event in new.events()], NOW + 1000)
    # A slice, a response and two events; their window has had a row since.
    assert prune(engine, SCOPE, NOW + 500, chunk=1) == 4
    np.testing.assert_array_equal(rows_in(engine).features, new.rows)
    assert store(engine, *old.events()) == 2


def test_deployments_that_share_a_store_do_not_see_each_other(engine: Engine) -> None:
    store(engine, Prediction(rows_of(1, 1)).request())
    with engine.connect() as connection:
        assert latest_windows(connection, "ontime/letters", VERSION, 5) == []


def test_the_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_replicas_that_start_at_once_migrate_once(url: str) -> None:
    engines = [open_engine(url, timeout=SECONDS_FOR_ALL) for _ in range(4)]
    threads = [threading.Thread(target=migrate, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engines[0].connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == [
            "0001"
        ]
    for engine in engines:
        engine.dispose()


def test_an_older_version_goes_on_in_a_store_that_a_later_one_has_extended(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE slices ADD COLUMN region VARCHAR(20)"))
        connection.execute(sa.text("ALTER TABLE windows ADD COLUMN seen INTEGER NOT NULL DEFAULT 0"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    migrate(engine)
    assert store(engine, *Prediction(rows_of(1, 1)).events()) == 2
    assert rows_in(engine).counted == 1


def test_two_replicas_that_write_at_once_count_every_row(url: str, engine: Engine) -> None:
    batches = [[record(Prediction(rows_of(1, n)).request()) for n in range(40)] for _ in range(4)]
    engines = [open_engine(url, timeout=SECONDS_FOR_ALL) for _ in range(4)]

    def write(own: Engine, batch: list[AnyRecord]) -> None:
        for item in batch:
            write_batch(own, SCOPE, [item], NOW)

    threads = [threading.Thread(target=write, args=pair) for pair in zip(engines, batches, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert latest_windows(connection, SCOPE, VERSION, 1)[0].rows == 160
    for own in engines:
        own.dispose()


@dataclass(frozen=True)
class Way:
    """A gateway, with what it counts and where its events wait."""

    gateway: Gateway
    spool: Spool
    counters: Counters


@pytest.fixture
def way(engine: Engine, tmp_path: Path) -> Iterator[Way]:
    """The way into the store, which it has not seen yet."""
    spool, counters = Spool(tmp_path / "spool", maximum_bytes=1024**2), Counters()
    yield Way(Gateway(engine, SCOPE, spool, counters), spool, counters)
    spool.close()


def spoilt(good: AnyRecord) -> AnyRecord:
    """A record that PostgreSQL can never hold."""
    return msgspec.structs.replace(good, request_id="bad", model_version="v" * 65)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_the_store_can_never_hold_is_refused_alone(way: Way) -> None:
    way.gateway.catch_up()
    good = record(Prediction(rows_of(1, 1)).request())
    stored, refused = way.gateway.put([good, spoilt(good)])
    assert (stored, type(refused)) == ("stored", RefusedEventError)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_refusal_is_counted_by_who_tells_the_sender(way: Way) -> None:
    way.gateway.catch_up()
    way.gateway.put([spoilt(record(Prediction(rows_of(1, 1)).request()))])
    assert way.counters.refusals() == {}


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_was_acknowledged_and_the_store_can_never_hold_is_counted(way: Way) -> None:
    good = record(Prediction(rows_of(1, 1)).request())
    assert way.gateway.put([good, spoilt(good)]) == ["spooled", "spooled"]
    way.gateway.catch_up()
    assert (way.gateway.spooled, way.counters.refusals()) == (0, {"store": 1})


def test_a_store_that_comes_back_empty_gets_its_tables_again(engine: Engine, way: Way) -> None:
    way.gateway.catch_up()
    schema.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
    assert way.gateway.put([record(Prediction(rows_of(1, 1)).request())]) == ["spooled"]
    way.gateway.catch_up()
    assert (way.gateway.spooled, rows_in(engine).counted) == (0, 1)

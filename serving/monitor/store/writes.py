"""Write a batch of records in one transaction: all of them are stored when it returns, each of them once."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Table, case
from sqlalchemy.dialects import postgresql, sqlite

from serving.monitor.records import AnyRecord, FeedbackRecord, RequestRecord, ResponseRecord
from serving.monitor.store import schema
from serving.monitor.store.connection import writing

Identity = tuple[str, str, str]
Row = dict[str, Any]


def write_batch(engine: Engine, scope: str, batch: Sequence[AnyRecord], now: float) -> set[Identity]:
    """Store a batch and return the identities that were new; what was stored before changes nothing.

    `now`: the clock on the wall, in seconds since 1970. Raises sqlalchemy.exc.SQLAlchemyError; then
    nothing of the batch is stored.
    """
    # Sorted, so that two replicas that meet on a row take turns and do not lock each other up.
    records = {record.identity: record for record in batch}
    ordered = [records[identity] for identity in sorted(records)]
    with writing(engine).begin() as connection:
        new = _write_identities(connection, scope, ordered)
        fresh = [record for record in ordered if record.identity in new]
        requests = [record for record in fresh if isinstance(record, RequestRecord)]
        _insert(connection, schema.slices, (row for r in requests for row in _slice_rows(scope, r)))
        _insert(connection, schema.responses, _response_rows(scope, fresh))
        _insert(connection, schema.feedback, _feedback_rows(scope, fresh))
        # Last, since every replica counts in the same few rows and waits for this one to commit.
        _count(connection, scope, requests, now)
    return new


def upsert(dialect: str, table: Table) -> Any:
    """An INSERT of a database's own dialect, which knows ON CONFLICT."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def _write_identities(connection: Connection, scope: str, records: Sequence[AnyRecord]) -> set[Identity]:
    statement = _insert_new_identities(connection.dialect.name)
    rows = [{**_common(scope, record), "kind": record.kind} for record in records]
    return {(row.request_id, row.node, row.kind) for row in connection.execute(statement, rows)}


def _common(scope: str, record: AnyRecord) -> Row:
    return {
        "scope": scope,
        "request_id": record.request_id,
        "node": record.node,
        "received_at": record.received_at,
    }


def _slice_rows(scope: str, record: RequestRecord) -> Iterable[Row]:
    for part in record.slices:
        yield {
            **_common(scope, record),
            "model_version": record.model_version,
            "window_start": part.window_start,
            "predicted_at": part.predicted_at,
            "positions": part.positions,
            "features": part.features,
            "outliers": part.outliers,
        }


def _response_rows(scope: str, records: Iterable[AnyRecord]) -> Iterable[Row]:
    for record in records:
        if isinstance(record, ResponseRecord):
            yield {**_common(scope, record), "probabilities": record.probabilities}


def _feedback_rows(scope: str, records: Iterable[AnyRecord]) -> Iterable[Row]:
    for record in records:
        if isinstance(record, FeedbackRecord):
            yield {
                **_common(scope, record),
                "prediction_id": record.prediction_id,
                "actuals": record.actuals,
            }


def _insert(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    if listed := list(rows):
        connection.execute(table.insert(), listed)


def _count(connection: Connection, scope: str, requests: Iterable[RequestRecord], now: float) -> None:
    """Count the rows of new requests in their windows."""
    counted: dict[tuple[str, int, int], int] = {}
    for record in requests:
        for part in record.slices:
            key = record.model_version, part.window_start, part.window_end
            counted[key] = counted.get(key, 0) + part.rows
    rows = [
        {
            "scope": scope,
            "model_version": version,
            "window_start": start,
            "window_end": end,
            "rows": count,
            "first_stored_at": now,
            "last_stored_at": now,
        }
        for (version, start, end), count in sorted(counted.items())
    ]
    if rows:
        connection.execute(_add_to_windows(connection.dialect.name), rows)


# Building a statement costs more than writing a few rows with it, so each is built once a dialect.
@cache
def _insert_new_identities(dialect: str) -> Executable:
    table = schema.events.c
    insert = upsert(dialect, schema.events).on_conflict_do_nothing()
    return insert.returning(table.request_id, table.node, table.kind)


@cache
def _add_to_windows(dialect: str) -> Executable:
    table = schema.windows
    insert = upsert(dialect, table)
    later = insert.excluded.last_stored_at > table.c.last_stored_at
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={
            "rows": table.c.rows + insert.excluded.rows,
            "last_stored_at": case((later, insert.excluded.last_stored_at), else_=table.c.last_stored_at),
        },
    )

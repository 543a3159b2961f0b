"""Forget what is older than the retention: events with their rows, and windows with their judgements."""

from sqlalchemy import Column, Engine, Table, delete, select, tuple_

from serving.monitor.store import schema
from serving.monitor.store.connection import writing

CHUNK = 5_000
"""So many rows a transaction: none takes as long as to make those wait who write."""

AGED = (
    (schema.slices, schema.slices.c.received_at),
    (schema.responses, schema.responses.c.received_at),
    (schema.feedback, schema.feedback.c.received_at),
    (schema.windows, schema.windows.c.last_stored_at),
    (schema.performance, schema.performance.c.measured_at),
    (schema.leases, schema.leases.c.expires_at),
    # Last: an event is new again once its identity is gone.
    (schema.events, schema.events.c.received_at),
)


def prune(engine: Engine, scope: str, before: float, chunk: int = CHUNK) -> int:
    """Delete the deployment's rows from before an instant (seconds since 1970); how many there were."""
    deleted = 0
    for table, age in AGED:
        while (gone := _delete(engine, table, age, scope, before, chunk)) > 0:
            deleted += gone
    return deleted


def _delete(  # noqa: PLR0913, PLR0917 - which rows
    engine: Engine, table: Table, age: Column[float], scope: str, before: float, chunk: int
) -> int:
    key = list(table.primary_key)
    old = select(*key).where(table.c.scope == scope, age < before).limit(chunk)
    with writing(engine).begin() as connection:
        return connection.execute(delete(table).where(tuple_(*key).in_(old))).rowcount

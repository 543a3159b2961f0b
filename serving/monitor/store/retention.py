"""Forget what is older than the retention: events with their rows, and windows with their judgements."""

from sqlalchemy import Engine, delete

from serving.monitor.store import schema
from serving.monitor.store.connection import writing

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


def prune(engine: Engine, scope: str, before: float) -> int:
    """Delete the deployment's rows from before an instant (seconds since 1970); how many there were."""
    deleted = 0
    for table, age in AGED:
        with writing(engine).begin() as connection:
            statement = delete(table).where(table.c.scope == scope, age < before)
            deleted += connection.execute(statement).rowcount
    return deleted

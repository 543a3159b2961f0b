"""What was last measured of each model version's performance."""

import json
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from serving.monitor.store import schema
from serving.monitor.store.connection import writing
from serving.monitor.store.leases import Lease, confirm
from serving.monitor.store.writes import upsert


def write_performances(
    engine: Engine, lease: Lease, documents: dict[str, dict[str, Any]], now: float
) -> None:
    """Replace what was measured of each model version; raises LostLeaseError, then nothing is written."""
    rows = [
        {
            "scope": lease.scope,
            "model_version": version,
            "measured_at": now,
            "document": json.dumps(document, allow_nan=False),
        }
        for version, document in documents.items()
    ]
    with writing(engine).begin() as connection:
        confirm(connection, lease)
        insert = upsert(connection.dialect.name, schema.performance)
        statement = insert.on_conflict_do_update(
            index_elements=list(schema.performance.primary_key),
            set_={"measured_at": insert.excluded.measured_at, "document": insert.excluded.document},
        )
        if rows:
            connection.execute(statement, rows)


def performances(connection: Connection, scope: str, count: int) -> dict[str, dict[str, Any]]:
    """What was last measured of the model versions, the latest `count` of them."""
    table = schema.performance.c
    statement = (
        select(table.model_version, table.document)
        .where(table.scope == scope)
        .order_by(table.measured_at.desc())
        .limit(count)
    )
    return {row.model_version: json.loads(row.document) for row in connection.execute(statement)}


def last_measured(connection: Connection, scope: str) -> float:
    """When any model version was last measured, in seconds since 1970; 0 where none ever was."""
    table = schema.performance.c
    statement = select(func.max(table.measured_at)).where(table.scope == scope)
    return float(connection.execute(statement).scalar_one() or 0)

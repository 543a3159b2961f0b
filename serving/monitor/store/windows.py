"""The windows of a model version as the store counts them, and what came of each, once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from serving.monitor.store import schema
from serving.monitor.store.connection import writing
from serving.monitor.store.leases import Lease, confirm
from serving.monitor.windows import is_closed

OPEN, JUDGED, FAILED, UNJUDGED = "open", "judged", "failed", "unjudged"
PENDING = (OPEN, UNJUDGED)
"""Unjudged is a window for which no replica with its model's detectors was left; one that comes judges it."""
MOST_FAILURES = 3
"""After so many evaluations that ended in an error a window is given up, and says so."""


@dataclass(frozen=True)
class WindowRecord:
    """A window as the store counts it; instants in seconds since 1970, `judgement` once it was judged."""

    model_version: str
    start: int
    end: int
    rows: int
    state: str
    failures: int
    judged_at: float | None
    closed_rows: int | None
    judgement: dict[str, Any] | None

    @property
    def late_rows(self) -> int:
        """How many rows came after the window was judged."""
        return 0 if self.closed_rows is None else max(0, self.rows - self.closed_rows)


def latest_windows(
    connection: Connection, scope: str, model_version: str, count: int, *, judged: bool = False
) -> list[WindowRecord]:
    """The latest windows of a model version, the latest last; with `judged`, only those with a judgement."""
    table = schema.windows.c
    statement = select(schema.windows).where(*_of(scope, model_version))
    if judged:
        statement = statement.where(table.state == JUDGED)
    statement = statement.order_by(table.window_start.desc()).limit(count)
    return [_window(row) for row in reversed(connection.execute(statement).all())]


def unjudged_windows(connection: Connection, scope: str, count: int) -> list[WindowRecord]:
    """The latest windows, of whatever model version, that nobody was left to judge; the latest first."""
    table = schema.windows.c
    statement = select(schema.windows).where(table.scope == scope, table.state == UNJUDGED)
    statement = statement.order_by(table.window_start.desc(), table.model_version).limit(count)
    return [_window(row) for row in connection.execute(statement)]


def is_pending(connection: Connection, scope: str, model_version: str, start: int) -> bool:
    """Whether the window that begins at `start` has not been judged or given up yet."""
    table = schema.windows.c
    statement = select(table.state).where(*_of(scope, model_version), table.window_start == start)
    return connection.execute(statement).scalar_one_or_none() in PENDING


def closed_windows(
    connection: Connection, scope: str, model_version: str, *, now: float, grace: float
) -> list[int]:
    """The starts of the windows that are closed at `now` and not judged yet, the latest first.

    Requests about the past make old windows, hundreds of them at once: today's must not wait for them.
    """
    pending = (*_of(scope, model_version), schema.windows.c.state.in_(PENDING))
    return [start for _, start in reversed(_closed(connection, pending, now=now, grace=grace))]


def note_unjudged(engine: Engine, scope: str, model_version: str, *, now: float, grace: float) -> int:
    """Mark what other model versions than this one have left behind; how many windows that were.

    Nobody but a replica of their own version has the detectors that a window needs. `grace`: how long such
    a replica has had since the window was closed.
    """
    table = schema.windows.c
    others = (table.scope == scope, table.model_version != model_version, table.state == OPEN)
    with engine.connect() as connection:
        closed = _closed(connection, others, now=now, grace=grace)
    if not closed:
        # Without asking for the lock that writing takes.
        return 0
    marked = 0
    with writing(engine).begin() as connection:
        for version, start in closed:
            statement = update(schema.windows).where(
                *_of(scope, version), table.window_start == start, table.state == OPEN
            )
            marked += connection.execute(statement.values(state=UNJUDGED)).rowcount
    return marked


def settle(  # noqa: PLR0913 - which window, and what came of it
    engine: Engine,
    lease: Lease,
    model_version: str,
    start: int,
    *,
    judgement: dict[str, Any],
    closed_rows: int,
    now: float,
) -> None:
    """Write what came of a window, which nobody has written before.

    Raises LostLeaseError where another replica has taken over; then nothing is written.
    """
    table = schema.windows.c
    document = json.dumps(judgement, allow_nan=False)
    with writing(engine).begin() as connection:
        confirm(connection, lease)
        connection.execute(
            update(schema.windows)
            .where(*_of(lease.scope, model_version), table.window_start == start, table.state.in_(PENDING))
            .values(state=JUDGED, judgement=document, closed_rows=closed_rows, judged_at=now)
        )


def note_failure(engine: Engine, scope: str, model_version: str, start: int, now: float) -> None:
    """Count an evaluation that ended in an error; the last one that is allowed gives the window up."""
    table = schema.windows.c
    mine = (*_of(scope, model_version), table.window_start == start, table.state.in_(PENDING))
    with writing(engine).begin() as connection:
        connection.execute(update(schema.windows).where(*mine).values(failures=table.failures + 1))
        connection.execute(
            update(schema.windows)
            .where(*mine, table.failures >= MOST_FAILURES)
            .values(state=FAILED, judged_at=now, closed_rows=table.rows)
        )


def _of(scope: str, model_version: str) -> tuple[ColumnElement[bool], ...]:
    return schema.windows.c.scope == scope, schema.windows.c.model_version == model_version


def _closed(
    connection: Connection, wanted: Iterable[ColumnElement[bool]], *, now: float, grace: float
) -> list[tuple[str, int]]:
    """The model version and the start of each wanted window that is closed at `now`, in the order of both.

    In this order rows are counted, too: replicas that write to the same windows do not lock each other up.
    """
    table, later = schema.windows.c, schema.windows.alias("later").c
    first_later = (
        select(func.min(later.first_stored_at))
        .where(
            later.scope == table.scope,
            later.model_version == table.model_version,
            later.window_start > table.window_start,
        )
        .scalar_subquery()
    )
    statement = (
        select(schema.windows, first_later.label("first_later"))
        .where(*wanted)
        .order_by(table.model_version, table.window_start)
    )
    return [
        (row.model_version, row.window_start)
        for row in connection.execute(statement)
        if is_closed(row.window_end, row.first_later, row.last_stored_at, now=now, grace=grace)
    ]


def _window(row: Any) -> WindowRecord:
    return WindowRecord(
        model_version=row.model_version,
        start=row.window_start,
        end=row.window_end,
        rows=row.rows,
        state=row.state,
        failures=row.failures,
        judged_at=row.judged_at,
        closed_rows=row.closed_rows,
        judgement=None if row.judgement is None else json.loads(row.judgement),
    )

"""What is asked every half a minute costs no more where months of feedback are stored."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from benchmarks.postgresql import Cluster
from serving.monitor.store.connection import open_engine
from serving.monitor.store.migrations import migrate
from serving.monitor.store.outcomes import feedback_since, has_feedback

ROWS, RECENT = 300_000, 1_000
# One event a second. The new deployment's lie behind all of the old one's; nobody's there are none.
FILL = text("""
    INSERT INTO feedback (scope, request_id, node, received_at, prediction_id, actuals)
    SELECT CASE WHEN number > :rows - :recent THEN 'new' ELSE 'old' END,
           md5(number::text), 'model', number, md5('prediction' || number), '\\x01'
    FROM generate_series(1, :rows) number
""")
READ = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'feedback'")


@pytest.fixture(scope="module")
def filled(postgresql: Cluster) -> str:
    """The URL of a store with much feedback, of which the database has its statistics."""
    url = postgresql.database()
    engine = open_engine(url, timeout=120)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(FILL, {"rows": ROWS, "recent": RECENT})
        connection.execute(text("ANALYZE feedback"))
    engine.dispose()
    return url


@pytest.fixture
def connection(filled: str) -> Iterator[Connection]:
    engine = open_engine(filled, timeout=5)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def rows_read(connection: Connection) -> int:
    """How many rows of feedback this transaction has read, those that it planned by included."""
    return connection.execute(READ).scalar_one()


@pytest.mark.parametrize(("scope", "events"), [("old", 0), ("new", RECENT), ("nobody's", 0)])
def test_only_what_came_of_late_is_counted(connection: Connection, scope: str, events: int) -> None:
    assert feedback_since(connection, scope, ROWS - RECENT) == events
    assert rows_read(connection) < 2 * RECENT


@pytest.mark.parametrize(("scope", "is_there"), [("old", True), ("new", True), ("nobody's", False)])
def test_that_there_is_feedback_is_seen_by_one_event(
    connection: Connection, scope: str, *, is_there: bool
) -> None:
    assert has_feedback(connection, scope) == is_there
    assert rows_read(connection) < RECENT

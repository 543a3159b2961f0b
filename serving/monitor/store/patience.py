"""How long this side waits for PostgreSQL.

The server ends a statement that takes too long, and the kernel a connection whose other end is gone. Neither
does where the server is frozen and its machine, or a proxy, still acknowledges what is sent. So this side
counts, too, and gives up the connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, text

INTERVAL = 0.1
# More than the server has for a statement: where it can, it ends that itself, and the connection lasts.
MARGIN_SECONDS = 1
# A table may be large by then, and events are safe in the spool meanwhile.
MIGRATION_SECONDS = 3600


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server is silent for longer than `patience` seconds."""

    patience: float | None = None

    def wait[T](self, gen: PQGen[T], interval: float = INTERVAL, timeout: float | None = None) -> T:
        """Wait for the server, as everything that asks it something does; raises ConnectionTimeout."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if self.closed or self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            # What it still does, nobody knows; a write that it finishes after all is a duplicate then.
            self.close()
            raise psycopg.errors.ConnectionTimeout("the store is silent") from error


@contextmanager
def patient(connection: Connection) -> Iterator[None]:
    """Let a statement of the transaction take as long as a migration may; SQLite knows no limit anyway."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, ImpatientConnection):
        yield
        return
    connection.execute(text(f"SET LOCAL statement_timeout = {MIGRATION_SECONDS * 1000}"))
    usual, driver.patience = driver.patience, MIGRATION_SECONDS + MARGIN_SECONDS
    try:
        yield
    finally:
        driver.patience = usual

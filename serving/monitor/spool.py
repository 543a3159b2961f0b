"""Where events wait on this machine while the store is away: a SQLite file that survives a killed process.

Where pods take over from each other on one machine, two processes share it for a while.
"""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from serving.monitor import records

FILE_NAME = "spool.db"


class SpoolFullError(RuntimeError):
    """The spool cannot take any more, so the event cannot be acknowledged."""


class Spool:
    """A first-in, first-out queue of records on disk, for threads and processes.

    Two processes may both find a record before one of them removes it; the store counts it once.
    """

    def __init__(self, directory: Path, maximum_bytes: int) -> None:
        """Open the spool, with whatever an earlier process left in it."""
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            directory / FILE_NAME, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        page_size = self._connection.execute("PRAGMA page_size").fetchone()[0]
        # Too small a limit for what is there already would be ignored.
        self._connection.execute(f"PRAGMA max_page_count = {max(16, maximum_bytes // page_size)}")
        # A position that is used again would be removed by who read its first record.
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS spooled "
            "(position INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL)"
        )
        self._count = self._counted()

    def __len__(self) -> int:
        """How many records wait; those of another process count from the next look at the oldest."""
        return self._count

    def append(self, batch: Sequence[records.AnyRecord]) -> None:
        """Have a batch on disk, whole; raises SpoolFullError, then nothing of it is."""
        rows = [(records.to_bytes(record),) for record in batch]
        with self._lock:
            try:
                # The connection's own context would commit nothing: there is no open transaction.
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT INTO spooled (record) VALUES (?)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise SpoolFullError(f"the spool takes nothing: {error}") from error
            self._count += len(rows)

    def oldest(self, count: int) -> tuple[list[records.AnyRecord], int]:
        """The records that have waited longest, and the position up to which `remove` would take them."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT position, record FROM spooled ORDER BY position LIMIT ?", (count,)
            ).fetchall()
            self._count = self._counted()
        return [records.from_bytes(record) for _, record in rows], rows[-1][0] if rows else 0

    def remove(self, position: int) -> None:
        """Forget the records up to a position, which are in the store now."""
        with self._lock:
            self._connection.execute("DELETE FROM spooled WHERE position <= ?", (position,))
            self._count = self._counted()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _counted(self) -> int:
        # Positions have no gaps, since only the oldest are ever removed. Two questions: each is one step.
        ends = "(SELECT max(position) FROM spooled) - (SELECT min(position) FROM spooled)"
        return int(self._connection.execute(f"SELECT coalesce({ends} + 1, 0)").fetchone()[0])

"""The way into the store, and past it into the spool while the store is away.

What `put` returns for is on disk: in the store, or in the spool from which `catch_up` brings it there.
"""

import logging
import threading
import time
from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.monitor.metrics import Counters
from serving.monitor.records import AnyRecord
from serving.monitor.refusal import Reason, RefusedEventError
from serving.monitor.spool import Spool, SpoolFullError
from serving.monitor.store.connection import is_record_at_fault
from serving.monitor.store.migrations import migrate
from serving.monitor.store.writes import Identity, write_batch

logger = logging.getLogger(__name__)

Outcome = str | RefusedEventError
STORED, DUPLICATE, SPOOLED = "stored", "duplicate", "spooled"
CHUNK = 500


class Gateway:
    """Puts batches of records where they are safe. `put` and `catch_up` may run in threads at once."""

    def __init__(self, engine: Engine, scope: str, spool: Spool, counters: Counters) -> None:
        """The store counts as away until `catch_up` has seen it, and its tables."""
        self._engine, self._scope, self._spool, self._counters = engine, scope, spool, counters
        self._present = threading.Event()
        self._catching_up = threading.Lock()
        self._accepting = True

    @property
    def store_is_present(self) -> bool:
        """Whether the store took the last thing that it was given."""
        return self._present.is_set()

    @property
    def is_accepting(self) -> bool:
        """Whether the last batch could be put anywhere."""
        return self._accepting

    @property
    def spooled(self) -> int:
        """How many records wait for the store."""
        return len(self._spool)

    def put(self, batch: Sequence[AnyRecord]) -> list[Outcome]:
        """Have every record of a batch on disk, and what became of each.

        Raises SpoolFullError where neither the store nor the spool takes it: it must not be acknowledged.
        """
        if self._present.is_set():
            try:
                outcomes = self._store(batch)
            except SQLAlchemyError as error:
                self._note_absence(error)
            else:
                self._accepting = True
                return outcomes
        try:
            self._spool.append(batch)
        except SpoolFullError:
            self._accepting = False
            raise
        self._accepting = True
        return [SPOOLED] * len(batch)

    def catch_up(self) -> None:
        """Bring to the store what waits in the spool, if the store is there; otherwise do nothing."""
        with self._catching_up:
            self._catch_up()

    def _catch_up(self) -> None:
        was_away = not self._present.is_set()
        try:
            if was_away:
                # Each time: a store may come back empty.
                migrate(self._engine)
            batch, position = self._spool.oldest(CHUNK)
            while batch:
                self._count_refusals(self._store(batch))
                self._spool.remove(position)
                self._note_presence()
                batch, position = self._spool.oldest(CHUNK)
            if was_away:
                self._note_presence()
        except SQLAlchemyError as error:
            self._note_absence(error)

    def _store(self, batch: Sequence[AnyRecord]) -> list[Outcome]:
        try:
            new = write_batch(self._engine, self._scope, batch, time.time())
        except SQLAlchemyError as error:
            if not is_record_at_fault(error):
                raise
            return [self._store_alone(record) for record in batch]
        return _outcomes(batch, new)

    def _store_alone(self, record: AnyRecord) -> Outcome:
        """Store one record of a batch of which some record is at fault."""
        try:
            return _outcomes([record], write_batch(self._engine, self._scope, [record], time.time()))[0]
        except SQLAlchemyError as error:
            if not is_record_at_fault(error):
                raise
            # The error's own text would quote the record.
            logger.error("the store can never hold the event %s", record.identity)  # noqa: TRY400
            return RefusedEventError(Reason.STORE, "the store can never hold this event")

    def _count_refusals(self, outcomes: Sequence[Outcome]) -> None:
        """Of events that were acknowledged from the spool, so that nobody waits for what becomes of them."""
        for outcome in outcomes:
            if isinstance(outcome, RefusedEventError):
                self._counters.refused(outcome.reason)

    def _note_absence(self, error: SQLAlchemyError) -> None:
        if self._present.is_set():
            # Not the whole error, which would quote what was to be written.
            cause = type(getattr(error, "orig", None) or error).__name__
            logger.warning("the store is away (%s), events go to the spool", cause)
        self._present.clear()

    def _note_presence(self) -> None:
        if not self._present.is_set():
            logger.info("the store is there")
        self._present.set()


def _outcomes(batch: Sequence[AnyRecord], new: set[Identity]) -> list[Outcome]:
    """Stored or duplicate; of equal records within a batch the first one is the one that was stored."""
    remaining = set(new)
    outcomes: list[Outcome] = []
    for record in batch:
        outcomes.append(STORED if record.identity in remaining else DUPLICATE)
        remaining.discard(record.identity)
    return outcomes

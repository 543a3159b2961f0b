"""The engine on either database, and which of its errors mean that the store is away."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from serving.monitor.store.patience import MARGIN_SECONDS, ImpatientConnection

WRITING = "ontime_writing"
# What a record is at fault for; every other error is the store's, and may be over in a while.
RECORD_ERRORS = (DataError, IntegrityError)


def open_engine(url: str, timeout: int) -> Engine:
    """An engine on `url`; nothing is connected yet, and no error of it quotes what was to be written.

    `timeout`: after how many seconds of silence from the store a statement fails.
    """
    parsed = make_url(url)
    return _sqlite(parsed, timeout) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed, timeout)


def writing(engine: Engine) -> Engine:
    """The engine, for transactions that write: SQLite takes its one lock at their beginning.

    A transaction that reads first and asks for the lock later would be told at once that it cannot have it.
    """
    return engine.execution_options(**{WRITING: True})


def is_record_at_fault(error: SQLAlchemyError) -> bool:
    """Whether it is what was to be written that the store refuses, not the store that is away."""
    return isinstance(error, RECORD_ERRORS)


def _postgresql(url: URL, timeout: int) -> Engine:
    arguments = {
        "connect_timeout": max(2, timeout),
        # A network that swallows packets is noticed sooner.
        "tcp_user_timeout": timeout * 1000,
        "options": f"-c statement_timeout={timeout * 1000}",
    }
    address = url.set(drivername="postgresql+psycopg")
    engine = create_engine(address, connect_args=arguments, pool_size=4, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, positional: Any, named: dict[str, Any]) -> ImpatientConnection:
        connection = ImpatientConnection.connect(*positional, **named)
        connection.patience = timeout + MARGIN_SECONDS
        return connection

    return engine


def _sqlite(url: URL, timeout: int) -> Engine:
    arguments = {"timeout": timeout, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver begins no transaction of its own accord: see `_begin`.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # What was acknowledged is on disk, also when the machine fails.
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine

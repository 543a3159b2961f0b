"""Bring the store to this version's tables; leave one that a later version has brought further."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from serving.monitor.store.connection import writing
from serving.monitor.store.patience import patient

HERE = Path(__file__).parent
# Any number will do, as long as nothing else in the database locks by it.
LOCK = 4_736_102_911


def migrate(engine: Engine) -> None:
    """Have the tables of this version, or more, in the store; any number of replicas may do so at once.

    Raises sqlalchemy.exc.SQLAlchemyError where the store is away.
    """
    configuration = Config()
    configuration.set_main_option("script_location", str(HERE))
    with writing(engine).begin() as connection:
        _lock(connection)
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None or _is_known(configuration, revision):
            configuration.attributes["connection"] = connection
            with patient(connection):
                command.upgrade(configuration, "head")


def _lock(connection: Connection) -> None:
    """Wait for another replica's migration; SQLite has locked already, since the transaction writes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _is_known(configuration: Config, revision: str) -> bool:
    return revision in {
        script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()
    }

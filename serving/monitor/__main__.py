"""`python -m serving.monitor`: watch a served model, beside its pod's executor."""

import logging
import sqlite3
import sys

import uvicorn

from serving.artifact import InvalidModelDirectoryError, read
from serving.detectors.arrays import InvalidDetectorError
from serving.monitor.application import Monitor, application
from serving.monitor.settings import MonitorSettings
from serving.settings import SettingsError

logger = logging.getLogger(__name__)

# Longer than the executor keeps an idle connection: the one that closes first must not be the monitor, whose
# closing may cross an event, which the executor sends but once.
KEEP_ALIVE_SECONDS = 120


def main() -> int:
    """Serve until told to end.

    What keeps it from that is one sentence on standard error: wrong settings, and 2 is returned, or a model
    directory or a spool that cannot be used, and 1 is; the traceback is there at level DEBUG.
    """
    try:
        settings = MonitorSettings.from_environment()
    except SettingsError as error:
        sys.stderr.write(f"The settings of the monitor are wrong: {error}\n")
        return 2
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Says at every start what it makes of the database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        monitor = Monitor(settings, read(settings.model_directory, settings.model_hash))
    except (InvalidModelDirectoryError, InvalidDetectorError, OSError, sqlite3.Error) as error:
        logger.error("The monitor does not start: %s", error)  # noqa: TRY400 - one sentence
        logger.debug("because of this", exc_info=error)
        return 1
    uvicorn.Server(_configuration(monitor, settings)).run()
    return 0


def _configuration(monitor: Monitor, settings: MonitorSettings) -> uvicorn.Config:
    return uvicorn.Config(
        application(monitor),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


if __name__ == "__main__":
    sys.exit(main())

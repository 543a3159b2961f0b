"""`python -m serving.monitor`: watch a served model, beside its pod's executor."""

import logging
import sys

import uvicorn
from pydantic import ValidationError

from serving.artifact import InvalidModelDirectoryError, read
from serving.monitor.application import Monitor, application
from serving.monitor.settings import PREFIX, MonitorSettings


def main() -> int:
    """Serve until told to end; 2 where the settings or the model directory are at fault."""
    try:
        settings = MonitorSettings()
        model = read(settings.model_directory, settings.model_hash)
    except (ValidationError, InvalidModelDirectoryError) as error:
        sys.stderr.write(f"the settings behind {PREFIX} are at fault: {error}\n")
        return 2
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Says at every start what it makes of the database.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    configuration = uvicorn.Config(
        application(Monitor(settings, model)),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
    uvicorn.Server(configuration).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

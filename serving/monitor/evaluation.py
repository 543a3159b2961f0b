"""The child process that evaluates: it alone imports Alibi Detect and scikit-learn, and ends when done.

`python -m serving.monitor.evaluation window <start> <token>` judges a window;
`python -m serving.monitor.evaluation performance <token>` measures every model version. The settings are
those of the monitor that started it, and holds the lease with that token. It ends with 0 when the result is
written, 3 when another replica has taken the lease, 4 when the store is away, and 1 on any other error.
"""

import logging
import os
import sys
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from serving.artifact import ModelDirectory, read
from serving.monitor.settings import MonitorSettings
from serving.monitor.store.connection import open_engine
from serving.monitor.store.leases import Lease, LostLeaseError
from serving.monitor.store.measurements import write_performances
from serving.monitor.store.outcomes import labelled_rows, versions
from serving.monitor.store.rows import window_rows
from serving.monitor.store.windows import settle

DONE, LOST_LEASE, STORE_AWAY = 0, 3, 4
PERFORMANCE = "performance"
# Nobody waits for a read here, and a window may be large.
STATEMENT_SECONDS = 120

logger = logging.getLogger(__name__)


def window_lease(model_version: str, start: int) -> str:
    """The name of the lease on a window's evaluation."""
    return f"window {model_version} {start}"


def judge_window(
    engine: Engine, settings: MonitorSettings, model: ModelDirectory, start: int, token: int
) -> None:
    """Judge the window that begins at `start`, and write what came of it.

    Raises LostLeaseError, sqlalchemy.exc.OperationalError where the store is away.
    """
    from serving.monitor.judging import Judges  # noqa: PLC0415 - seconds, which measuring has no need of

    version, signature = settings.model_hash, model.signature
    judges = Judges.load(model.detector("drift"), model.detector("prediction"), signature)
    with engine.connect() as connection:
        rows = window_rows(
            connection,
            settings.scope,
            version,
            start,
            features=len(signature.features),
            limit=settings.window_rows,
        )
    judgement = judges.judge(rows, datetime.fromtimestamp(start, UTC))
    lease = Lease(settings.scope, window_lease(version, start), token)
    settle(engine, lease, version, start, judgement=judgement, closed_rows=rows.counted, now=time.time())


def measure_performance(engine: Engine, settings: MonitorSettings, token: int) -> None:
    """Measure the latest labelled predictions of every model version, and write what came of it.

    Raises LostLeaseError, sqlalchemy.exc.OperationalError where the store is away.
    """
    from serving.monitor.performance import measure  # noqa: PLC0415 - seconds, which judging has no need of

    documents = {}
    # What comes while this reads is not measured.
    now = time.time()
    with engine.connect() as connection:
        for version in versions(connection, settings.scope):
            rows = labelled_rows(connection, settings.scope, version, settings.performance_rows)
            if len(rows.actuals):
                documents[version] = {
                    **measure(rows.probabilities, rows.actuals),
                    # A replica of an earlier version, beside this one in a roll-out, reads it.
                    "feedback_events": None,
                    "from": datetime.fromtimestamp(rows.predicted_at.min(), UTC).isoformat(),
                    "to": datetime.fromtimestamp(rows.predicted_at.max(), UTC).isoformat(),
                }
    write_performances(engine, Lease(settings.scope, PERFORMANCE, token), documents, now)


def main(arguments: list[str]) -> int:
    """Evaluate what the arguments name; the exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings = MonitorSettings()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s evaluation: %(message)s")
    engine = open_engine(settings.database_url.get_secret_value(), STATEMENT_SECONDS)
    try:
        match arguments:
            case ["window", start, token]:
                model = read(settings.model_directory, settings.model_hash)
                judge_window(engine, settings, model, int(start), int(token))
            case ["performance", token]:
                measure_performance(engine, settings, int(token))
            case _:
                logger.error("usage: window <start> <token> | performance <token>")
                return 2
    except LostLeaseError as error:
        logger.warning("%s", error)
        return LOST_LEASE
    except OperationalError as error:
        logger.warning("the store is away (%s)", type(error.orig).__name__)
        return STORE_AWAY
    return DONE


def _end_with_parent() -> None:
    """End when the parent does, however it does: the pipe that it holds closes then."""
    # Not through sys.stdin, whose lock the interpreter wants when it ends.
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

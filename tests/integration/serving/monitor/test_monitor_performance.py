"""Performance is measured of every prediction whose outcome is known, in whatever order both come."""

from pathlib import Path
from typing import Any

from serving.artifact import ModelDirectory
from tests.examples.serving.monitor_process import running_monitor
from tests.examples.serving.monitored import Prediction, rows_of


def test_a_prediction_that_comes_after_its_outcome_was_measured_is_measured_too(
    model: ModelDirectory, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    first, late = Prediction(rows_of(1, 1)), Prediction(rows_of(2, 2))

    def measured_rows(status: dict[str, Any]) -> int:
        found = status["performance"].get(model.content_hash)
        return found["rows"] if found else 0

    with running_monitor(model, url, tmp_path / "spool", performance_seconds=0.1) as monitor:
        for event in (late.feedback(0, 1), *first.events(), first.feedback(1)):
            assert monitor.send(event).status_code == 200
        monitor.wait_for(lambda status: measured_rows(status) == 1)
        for event in late.events():
            assert monitor.send(event).status_code == 200
        monitor.wait_for(lambda status: measured_rows(status) == 3)

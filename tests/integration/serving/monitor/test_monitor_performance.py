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

    def measured(status: dict[str, Any]) -> tuple[int, int] | None:
        """Of how many rows, and with how much feedback."""
        found = status["performance"].get(model.content_hash)
        return found and (found["rows"], found["feedback_events"])

    with running_monitor(model, url, tmp_path / "spool", performance_seconds=0.1) as monitor:
        for event in (*first.events(), first.feedback(1), late.feedback(0, 1)):
            assert monitor.send(event).status_code == 200
        monitor.wait_for(lambda status: measured(status) == (1, 2))
        for event in late.events():
            assert monitor.send(event).status_code == 200
        monitor.wait_for(lambda status: measured(status) == (3, 2))

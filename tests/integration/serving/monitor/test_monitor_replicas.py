"""Two replicas on one store: three days of predictions, and the replica that judges the first is killed."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from serving.artifact import ModelDirectory
from serving.monitor.store.connection import open_engine
from tests.examples.serving.monitored import (
    MonitorProcess,
    Prediction,
    day,
    rows_of,
    running_monitor,
)

SHIFTED = {0, 1}
DAYS = 3


@dataclass(frozen=True)
class Aftermath:
    """What the replica that was left came to, and what is in the store."""

    status: dict[str, Any]
    series: dict[str, set[tuple[str, ...]]]
    series_later: dict[str, set[tuple[str, ...]]]
    orphaned: bool
    states: Counter[str]

    @property
    def judged(self) -> list[dict[str, Any]]:
        """The judged windows, the earliest first."""
        return [window for window in reversed(self.status["windows"]) if window["judgement"]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def aftermath(
    request: pytest.FixtureRequest, model: ModelDirectory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aftermath]:
    directory = tmp_path_factory.mktemp("replicas")
    url = f"sqlite:///{directory / 'monitor.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").database()
    with ExitStack() as stack:
        replicas = [stack.enter_context(running_monitor(model, url, directory / name)) for name in "ab"]
        for number in range(DAYS):
            replay(replicas[number % 2], number)
        holder, child = wait_for_evaluation(replicas)
        os.kill(holder.process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs([child], timeout=10)
        (left,) = [replica for replica in replicas if replica is not holder]
        status = left.wait_for(
            lambda s: (
                judged(s) == DAYS - 1 and measured_rows(s, model) == sum(len(day(n)) for n in range(DAYS))
            )
        )
        wait_for_metrics(left, status["latest_judged"]["start"])
        series = series_of(left)
        disturb(left)
        yield Aftermath(status, series, series_of(left), bool(alive), states(url))


def replay(monitor: MonitorProcess, number: int) -> None:
    """Send the predictions of a day, with their outcomes."""
    for prediction in day(number, shifted=number in SHIFTED):
        for event in (*prediction.events(), prediction.feedback(int(prediction.probability > 0.5))):
            assert monitor.send(event).status_code == 200


def wait_for_evaluation(replicas: list[MonitorProcess]) -> tuple[MonitorProcess, psutil.Process]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for replica in replicas:
            for child in psutil.Process(replica.process.pid).children():
                if "window" in child.cmdline():
                    return replica, child
        time.sleep(0.02)
    raise AssertionError("no window was evaluated")


def wait_for_metrics(monitor: MonitorProcess, start: int) -> None:
    """Wait until the gauges, which follow the status, show the window that begins at `start`."""
    deadline = time.monotonic() + 30
    while ("ontime_monitor_window_start_timestamp_seconds", start) not in values_of(monitor):
        assert time.monotonic() < deadline, "the gauges never showed the latest judged window"
        time.sleep(0.02)


def values_of(monitor: MonitorProcess) -> set[tuple[str, float]]:
    families = text_string_to_metric_families(monitor.get("/metrics").text)
    return {(sample.name, sample.value) for family in families for sample in family.samples}


def judged(status: dict[str, Any]) -> int:
    return sum(window["state"] == "judged" for window in status["windows"])


def measured_rows(status: dict[str, Any], model: ModelDirectory) -> int:
    return int(status["performance"].get(model.content_hash, {}).get("rows", 0))


def series_of(monitor: MonitorProcess) -> dict[str, set[tuple[str, ...]]]:
    """The labels of every series, by the name of its family."""
    families = text_string_to_metric_families(monitor.get("/metrics").text)
    return {
        family.name: {(sample.name, *sample.labels.values()) for sample in family.samples}
        for family in families
    }


def disturb(monitor: MonitorProcess) -> None:
    """Send what comes from as many places as there are events."""
    for number in range(30):
        prediction = Prediction(rows_of(1, number))
        monitor.send(prediction.request().but(ce_modelid=f"node-{number}"))
        monitor.send(prediction.request().but(ce_type=f"io.seldon.serving.{number}"))
        monitor.send(prediction.response())


def states(url: str) -> Counter[str]:
    engine = open_engine(url, timeout=10)
    with engine.connect() as connection:
        found = Counter(connection.execute(sa.text("SELECT state FROM windows")).scalars())
    engine.dispose()
    return found


def test_killing_the_holder_loses_no_window_and_none_is_judged_twice(aftermath: Aftermath) -> None:
    assert aftermath.states == {"judged": DAYS - 1, "open": 1}


def test_every_row_of_a_window_is_judged(aftermath: Aftermath) -> None:
    assert [(w["rows"], w["late_rows"], w["judgement"]["rows"]) for w in aftermath.judged] == [
        (40, 0, 40)
    ] * (DAYS - 1)


def test_the_child_of_a_killed_replica_ends_with_it(aftermath: Aftermath) -> None:
    assert not aftermath.orphaned


def test_a_takeover_is_no_failure(aftermath: Aftermath) -> None:
    assert [window["failures"] for window in aftermath.status["windows"]] == [0] * DAYS


def test_windows_of_heavier_parcels_drift_and_breach(aftermath: Aftermath) -> None:
    assert [window["judgement"]["drift"]["verdict"] for window in aftermath.judged] == ["drift", "drift"]
    breach = aftermath.status["breaches"]["drift"]
    assert breach["breached"]
    assert "distance:weight" in breach["why"][0]["above"]


def test_predictions_as_in_training_do_not_breach(aftermath: Aftermath) -> None:
    assert not aftermath.status["breaches"]["prediction"]["breached"]


def test_outcomes_become_performance_of_the_model_version(
    aftermath: Aftermath, model: ModelDirectory
) -> None:
    measured = aftermath.status["performance"][model.content_hash]
    assert (measured["auc"], measured["average_precision"]) == (1, 1)


def test_the_metrics_say_what_the_status_says(aftermath: Aftermath, model: ModelDirectory) -> None:
    assert ("ontime_monitor_model_auc", model.content_hash) in aftermath.series["ontime_monitor_model_auc"]
    assert {
        "ontime_monitor_events",
        "ontime_monitor_refused_events",
        "ontime_monitor_acknowledgement_seconds",
        "ontime_monitor_store_up",
        "ontime_monitor_spooled_events",
        "ontime_monitor_drift_breached",
        "ontime_monitor_prediction_breached",
        "ontime_monitor_window_outlier_ratio",
        "ontime_monitor_window_excess_ratio",
        "ontime_monitor_model_brier_score",
        "ontime_monitor_model_calibration_error",
    } <= set(aftermath.series)


def test_no_event_adds_a_series(aftermath: Aftermath) -> None:
    assert aftermath.series_later == aftermath.series

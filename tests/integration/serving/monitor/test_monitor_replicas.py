"""Two replicas on one store: three days of predictions, and a replica is killed while it judges one."""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from serving.artifact import ModelDirectory
from serving.monitor.metrics import PREFIX
from serving.monitor.store.connection import open_engine
from tests.examples.living_processes import left_of
from tests.examples.serving.monitor_process import MonitorProcess, running_monitor
from tests.examples.serving.monitored import ROWS_A_DAY, Prediction, day, rows_of
from tests.examples.serving.monitoring_page import example_status, table

# All of them are over by the clock on the wall, so each is judged in the end.
DAYS = 3
SHIFTED = {1, 2}
# Longer than a busy machine pauses in a day: what comes after its window has closed is late.
GRACE_SECONDS = 5


@dataclass(frozen=True)
class Aftermath:
    """What the replica that was left came to, and what is in the store."""

    status: dict[str, Any]
    labels: dict[str, set[str]]
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
        replicas = [
            stack.enter_context(running_monitor(model, url, directory / name, grace_seconds=GRACE_SECONDS))
            for name in "ab"
        ]
        for number in range(DAYS):
            replay(replicas[number % 2], number)
        holder, child = wait_for_evaluation(replicas)
        os.kill(holder.process.pid, signal.SIGKILL)
        orphans = left_of([child])
        (left,) = [replica for replica in replicas if replica is not holder]
        status = left.wait_for(lambda s: judged(s) == DAYS and measured_rows(s, model) == DAYS * ROWS_A_DAY)
        left.wait_for_sample(f"{PREFIX}window_start_timestamp_seconds", status["latest_judged"]["start"])
        left.wait_for_sample(f"{PREFIX}model_labelled_rows", DAYS * ROWS_A_DAY)
        series = series_of(left)
        disturb(left)
        yield Aftermath(status, labels_of(left), series, series_of(left), bool(orphans), states(url))


def replay(monitor: MonitorProcess, number: int) -> None:
    """Send the predictions of a day, with their outcomes."""
    for prediction in day(number, shifted=number in SHIFTED):
        for event in (*prediction.events(), prediction.feedback(int(prediction.probability > 0.5))):
            assert monitor.send(event).status_code == 200


def wait_for_evaluation(replicas: list[MonitorProcess]) -> tuple[MonitorProcess, psutil.Process]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for replica in replicas:
            for child in psutil.Process(replica.process.pid).children():
                # One that measures performance may have ended meanwhile.
                with suppress(psutil.Error):
                    if "window" in child.cmdline():
                        return replica, child
        time.sleep(0.02)
    raise AssertionError("no window was evaluated")


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


def labels_of(monitor: MonitorProcess) -> dict[str, set[str]]:
    """The labels of every metric by the name under which it is asked for; but for a histogram's own."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(monitor.get("/metrics").text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                found.setdefault(name, set()).update(sample.labels.keys() - {"le"})
    return found


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
    assert aftermath.states == {"judged": DAYS}


def test_every_row_of_a_window_is_judged(aftermath: Aftermath) -> None:
    found = [(w["rows"], w["late_rows"], w["judgement"]["rows"]) for w in aftermath.judged]
    assert found == [(ROWS_A_DAY, 0, ROWS_A_DAY)] * DAYS


def test_the_child_of_a_killed_replica_ends_with_it(aftermath: Aftermath) -> None:
    assert not aftermath.orphaned


def test_a_takeover_is_no_failure(aftermath: Aftermath) -> None:
    assert [window["failures"] for window in aftermath.status["windows"]] == [0] * DAYS


def test_windows_of_heavier_parcels_drift_and_breach(aftermath: Aftermath) -> None:
    verdicts = [window["judgement"]["drift"]["verdict"] for window in aftermath.judged]
    assert verdicts == ["stable", "drift", "drift"]
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


def test_the_page_lists_every_metric_with_its_labels(aftermath: Aftermath) -> None:
    documented = {name: set(re.findall(r"`(\w+)`", row[0])) for name, row in table("metric").items()}
    assert documented == aftermath.labels


def test_the_example_of_the_page_has_the_keys_of_a_status(aftermath: Aftermath) -> None:
    assert keys(example_status()) == keys(aftermath.status)


def keys(status: dict[str, Any]) -> list[set[str]]:
    """The keys of a status on every level on which they are not names of this model's."""
    judgement = status["latest_judged"]["judgement"]
    parts = [status, status["window_shape"], status["breaches"], status["store"], status["latest_judged"]]
    verdicts = [judgement[family] for family in ("drift", "prediction")]
    statistics = [next(iter(verdict["statistics"].values())) for verdict in verdicts]
    why = status["breaches"]["drift"]["why"][0]
    return [
        set(part) for part in (*parts, *status["breaches"].values(), why, judgement, *verdicts, *statistics)
    ]


def test_no_event_adds_a_series(aftermath: Aftermath) -> None:
    assert aftermath.series_later == aftermath.series

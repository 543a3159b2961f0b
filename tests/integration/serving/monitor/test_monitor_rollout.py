"""What a roll-out leaves behind: a window whose model version has gone before the window was judged."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from serving.artifact import ModelDirectory, read
from serving.monitor.events import read_event
from serving.monitor.store import leases
from serving.monitor.store.windows import closed_windows, latest_windows, note_unjudged, settle
from serving.monitor.store.writes import write_batch
from tests.examples.serving.monitor_process import running_monitor
from tests.examples.serving.monitored import EXPECTED, SENT_AT, Prediction, day, rows_of

SCOPE = "ontime/parcels"
OLD, NEW = EXPECTED.model_version, "b" * 64
NOW = SENT_AT.timestamp()
START = int(datetime(2013, 5, 1, 4, tzinfo=UTC).timestamp())


def store_a_row_of_the_old_version(engine: Engine) -> None:
    event = Prediction(rows_of(1, 1)).request()
    record = read_event(event.headers, event.body, EXPECTED, datetime.fromtimestamp(NOW + 60, UTC))
    write_batch(engine, SCOPE, [record], NOW)


def state(engine: Engine) -> str:
    with engine.connect() as connection:
        (window,) = latest_windows(connection, SCOPE, OLD, 5)
    return window.state


def test_a_window_of_a_version_that_has_gone_is_noted_once(engine: Engine) -> None:
    store_a_row_of_the_old_version(engine)
    assert note_unjudged(engine, SCOPE, NEW, now=NOW + 10, grace=10) == 1
    assert note_unjudged(engine, SCOPE, NEW, now=NOW + 11, grace=10) == 0
    assert state(engine) == "unjudged"


def test_a_version_that_is_still_there_has_its_time(engine: Engine) -> None:
    store_a_row_of_the_old_version(engine)
    assert note_unjudged(engine, SCOPE, NEW, now=NOW + 9, grace=10) == 0
    assert state(engine) == "open"


def test_a_version_leaves_its_own_windows_open(engine: Engine) -> None:
    store_a_row_of_the_old_version(engine)
    assert note_unjudged(engine, SCOPE, OLD, now=NOW + 10, grace=10) == 0
    assert state(engine) == "open"


def test_a_version_that_comes_back_judges_what_it_had_left(engine: Engine) -> None:
    store_a_row_of_the_old_version(engine)
    note_unjudged(engine, SCOPE, NEW, now=NOW + 10, grace=10)
    with engine.connect() as connection:
        assert closed_windows(connection, SCOPE, OLD, now=NOW + 10, grace=10) == [START]
    lease = leases.acquire(engine, SCOPE, "w", "the one that came back", 30)
    assert lease is not None
    settle(engine, lease, OLD, START, judgement={}, closed_rows=1, now=NOW + 11)
    assert state(engine) == "judged"


@dataclass(frozen=True)
class RollOut:
    """What the new version said once the old one had gone, and the old one once it had come back."""

    gone: dict[str, Any]
    back: dict[str, Any]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def roll_out(
    request: pytest.FixtureRequest, model: ModelDirectory, tmp_path_factory: pytest.TempPathFactory
) -> RollOut:
    directory = tmp_path_factory.mktemp("roll-out")
    url = f"sqlite:///{directory / 'monitor.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").database()
    with running_monitor(model, url, directory / "a", grace_seconds=3600) as old:
        for prediction in day(0):
            for event in prediction.events():
                assert old.send(event).status_code == 200
        # What its spool still holds when it is killed is in no window.
        old.wait_for_empty_spool()
    with running_monitor(changed(model, directory), url, directory / "b", unjudged_seconds=1) as new:
        gone = new.wait_for(lambda status: bool(status["unjudged_windows"]))
        new.wait_for_sample("ontime_monitor_unjudged_windows_total", 1)
    with running_monitor(model, url, directory / "a") as old:
        back = old.wait_for(lambda status: status["windows"][0]["state"] == "judged")
    return RollOut(gone, back)


def changed(model: ModelDirectory, directory: Path) -> ModelDirectory:
    """Another version of a model."""
    copy = shutil.copytree(model.path, directory / "another")
    (copy / "model_card.md").write_text("# Another version\n")
    return read(copy)


def test_the_new_version_says_what_the_old_one_left(roll_out: RollOut, model: ModelDirectory) -> None:
    (window,) = roll_out.gone["unjudged_windows"]
    assert (window["model_version"], window["rows"]) == (model.content_hash, 40)
    assert "no replica of this model version" in window["why"]


def test_the_new_version_takes_it_for_none_of_its_own_windows(roll_out: RollOut) -> None:
    assert roll_out.gone["windows"] == []


def test_a_roll_back_has_it_judged_after_all(roll_out: RollOut) -> None:
    assert roll_out.back["windows"][0]["judgement"]["drift"]["verdict"] == "stable"
    assert roll_out.back["unjudged_windows"] == []

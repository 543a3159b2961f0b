"""What a replay is given: the requests of a stretch of time, and an online store that it can move on."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from components.build_features.feature_set import FeatureSet
from components.materialize.advancer import advancing
from components.retrieve_features.window import window_requests
from feature_repo.request import TIMEZONE
from feature_repo.services import FEATURE_SERVICE, FEATURES
from feature_repo.store import open_store
from serving.online_location import SqliteFile

START = datetime.fromisoformat("2013-10-01T12:00:00+00:00")
END = START + timedelta(hours=1)
QUARTER = timedelta(minutes=15)


@pytest.fixture(scope="module")
def requests(year: FeatureSet) -> pd.DataFrame:
    return window_requests(year, START, END)


def test_the_requests_are_those_that_were_predicted_in_the_stretch(requests: pd.DataFrame) -> None:
    assert len(requests) > 30
    assert requests.predicted_at.between(START, END, inclusive="left").all()
    assert (requests.scheduled_departure - requests.predicted_at == timedelta(hours=1)).all()


def test_what_came_true_became_known_after_the_prediction(requests: pd.DataFrame) -> None:
    known = requests[requests.actual.notna()]
    assert len(known) > 30
    assert (known.known_at > known.predicted_at).all()
    assert requests.known_at.isna().equals(requests.actual.isna())


def test_a_request_says_how_many_features_the_join_has_missing(requests: pd.DataFrame) -> None:
    assert requests.missing_features.between(0, len(FEATURES)).all()
    assert 0 < requests.missing_features.mean() < 5


def test_a_set_does_not_tell_of_what_came_after_it(year: FeatureSet) -> None:
    with pytest.raises(ValueError, match="does not reach"):
        window_requests(year, START, year.as_of + QUARTER)


def test_a_stretch_without_a_request_is_refused(year: FeatureSet) -> None:
    night = pd.Timestamp("2013-10-01T02:00", tz=TIMEZONE).to_pydatetime()
    with pytest.raises(ValueError, match="nothing was predicted"):
        window_requests(year, night, night + QUARTER)


def test_the_store_stands_where_it_was_moved_to(year: FeatureSet, tmp_path: Path) -> None:
    online = SqliteFile(tmp_path / "online.db")
    reader = open_store(year.registry, online)
    service = reader.get_feature_service(FEATURE_SERVICE)
    keys = {"carrier": ["UA"], "origin": ["EWR"], "dest": ["IAH"], "tailnum": ["N14228"]}
    newest = []
    for _ in advancing(year, online, START, [START + QUARTER, START + 2 * QUARTER]):
        answer = reader.get_online_features(features=service, entity_rows=keys, full_feature_names=True)
        newest.append(answer.to_dict(include_event_timestamps=True)["origins__log_departures__ts"][0])
    assert newest == [int((START + number * QUARTER).timestamp()) for number in range(3)]


def test_the_store_is_not_moved_beyond_the_set(year: FeatureSet, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot tell"):
        list(advancing(year, SqliteFile(tmp_path / "online.db"), START, [year.as_of + QUARTER]))


def test_the_program_writes_an_instant_back_and_nothing_else(year: FeatureSet, tmp_path: Path) -> None:
    stores = {
        "ONTIME_FEATURE_STORE_URI": str(year.directory.parent),
        "ONTIME_ONLINE_STORE": f"sqlite:///{tmp_path / 'online.db'}",
    }
    arguments = ["--as-of", year.as_of.isoformat(), "--since", START.isoformat()]
    ended = subprocess.run(
        [sys.executable, "-m", "components.materialize.advancer", *arguments],
        input=f"{END.isoformat()}\n",
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])} | stores,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.splitlines() == [START.isoformat(), END.isoformat()]

"""What is read online at an instant is what was joined offline for it."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from feast import FeatureStore

from components.build_features.feature_set import FeatureSet
from components.build_features.offline import offline_store
from components.materialize.online import advance, fill, writable_store
from components.retrieve_features.frames import references
from components.retrieve_features.retrieval import retrieve
from feature_repo.request import UNKNOWN_TAIL
from feature_repo.services import FEATURE_SERVICE, FEATURES
from feature_repo.store import open_store
from serving.freshness import fresh_values
from serving.online_location import OnlineLocation, SqliteFile

MIDNIGHT = datetime.fromisoformat("2013-07-10T04:00:00+00:00")
HOURS = [MIDNIGHT + timedelta(hours=hour) for hour in range(24)]
STORED = [feature for feature in FEATURES if feature.view is not None]
NAMES = [feature.name for feature in STORED]
KEYS = ["carrier", "origin", "dest", "tailnum"]


@pytest.fixture(scope="module")
def flights(year: FeatureSet) -> pd.DataFrame:
    """The flights of one stormy day, some of them without a named aircraft."""
    requests = pd.read_parquet(year.entities)
    day = requests.scheduled_departure.between(MIDNIGHT, MIDNIGHT + timedelta(days=1), inclusive="left")
    return requests[day].reset_index(drop=True)


@pytest.fixture(scope="module")
def offline(
    year: FeatureSet, flights: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    """The features of all flights of the day at each full hour, joined by Feast in one go."""
    rows = pd.concat(
        [flights.assign(event_timestamp=pd.Timestamp(hour)) for hour in HOURS], ignore_index=True
    )
    rows = rows.assign(
        flight_id=range(len(rows)), event_timestamp=rows.event_timestamp.astype("datetime64[us, UTC]"), late=0
    )
    store = offline_store(year, tmp_path_factory.mktemp("offline"))
    return retrieve(store, rows, references(year), pd.Series(0, index=rows.index))


@pytest.fixture(scope="module")
def served(
    year: FeatureSet,
    flights: pd.DataFrame,
    online: OnlineLocation,
    tmp_path_factory: pytest.TempPathFactory,
) -> np.ndarray:
    """The same from the online store, advanced from hour to hour."""
    writer = writable_store(year, online, tmp_path_factory.mktemp("scratch"))
    reader = open_store(year.registry, online)
    fill(writer, HOURS[0])
    reads = []
    for since, hour in zip([HOURS[0], *HOURS], HOURS, strict=False):
        advance(writer, since, hour)
        reads.append(read(reader, flights, hour))
    return np.concatenate(reads)


def read(reader: FeatureStore, flights: pd.DataFrame, hour: datetime) -> np.ndarray:
    """The features of all flights of the day as the online store serves them at an hour."""
    known = flights.fillna({"tailnum": UNKNOWN_TAIL})
    answer = reader.get_online_features(
        features=reader.get_feature_service(FEATURE_SERVICE),
        entity_rows={key: known[key].tolist() for key in KEYS},
        full_feature_names=True,
    )
    instants = np.full(len(flights), int(hour.timestamp()))
    values = fresh_values(answer.to_dict(include_event_timestamps=True), STORED, instants)
    return values.astype(np.float32)


def test_a_flight_whose_aircraft_is_not_named_has_no_features_of_one(
    flights: pd.DataFrame, offline: pd.DataFrame
) -> None:
    unnamed = np.tile(flights.tailnum.isna().to_numpy(), len(HOURS))
    of_aircraft = [name for name in NAMES if name.startswith(("planes__", "tails__"))]
    assert unnamed.sum() >= len(HOURS)
    assert offline.loc[unnamed, of_aircraft].isna().all(axis=None)


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_is_the_same_online_and_offline_in_every_cell(
    name: str, offline: pd.DataFrame, served: np.ndarray
) -> None:
    np.testing.assert_array_equal(served[:, NAMES.index(name)], offline[name].to_numpy())


@pytest.mark.parametrize("name", NAMES)
def test_the_comparison_compares_values_and_not_only_gaps(name: str, offline: pd.DataFrame) -> None:
    assert offline[name].notna().mean() > 0.3


def test_a_store_that_leaps_over_hours_is_where_one_that_went_through_them_is(
    year: FeatureSet, flights: pd.DataFrame, served: np.ndarray, tmp_path: Path
) -> None:
    online = SqliteFile(tmp_path / "online.db")
    writer = writable_store(year, online, tmp_path)
    fill(writer, HOURS[0])
    advance(writer, HOURS[0], HOURS[-1])
    leapt = read(open_store(year.registry, online), flights, HOURS[-1])
    np.testing.assert_array_equal(leapt, served[-len(flights) :])


def test_an_online_store_never_goes_back(year: FeatureSet, tmp_path: Path) -> None:
    store = writable_store(year, SqliteFile(tmp_path / "online.db"), tmp_path)
    with pytest.raises(ValueError, match="cannot go back"):
        advance(store, HOURS[5], HOURS[4])

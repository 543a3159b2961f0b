"""Each known leak is planted in the real data, and refused by the guard that is named for it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from components.build_features import building, own_outcome
from components.build_features.building import build_set, refuse_later_knowledge
from components.build_features.directory import DirectoryStore
from components.build_features.feature_set import FeatureSet
from components.build_features.own_outcome import refuse_own_outcomes, served_values
from components.build_features.tables import feature_tables
from components.retrieve_features import frames
from components.retrieve_features.frames import split_frames
from components.retrieve_features.splits import Splits
from feature_repo.guards import (
    LeakError,
    refuse_overlapping_splits,
    refuse_own_outcome,
    refuse_rows_after,
    refuse_rows_known_too_early,
    refuse_telling_features,
    refuse_values_from_later,
)
from feature_repo.history import labelled_requests
from feature_repo.known import known_at, without_outcome
from feature_repo.request import LEAD
from feature_repo.services import FEATURES
from feature_repo.transformations.inputs import Inputs
from feature_repo.transformations.routes import routes
from feature_repo.views import VIEWS, View
from tests.examples.features.retrieval import Retrieval

AFTERNOON = datetime.fromisoformat("2013-05-20T20:00:00+00:00")


def predicted_at(flights: ibis.Table) -> ibis.expr.types.TimestampValue:
    return flights.scheduled_departure - ibis.interval(minutes=int(LEAD.total_seconds() // 60))


def planted(name: str, keys: tuple[str, ...], transformation: Callable[[Inputs], ibis.Table]) -> View:
    return View(name, keys, None, transformation)


def same_day_mean(inputs: Inputs) -> ibis.Table:
    """The leak: the mean departure delay of the origin over the whole day, at the prediction."""
    flights = inputs.flights
    day = ibis.window(group_by=[flights.origin, flights.scheduled_departure.date()])
    return flights.select(
        "flight_id",
        mean_delay=flights.departure_delay_minutes.mean().over(day),
        event_timestamp=predicted_at(flights),
    )


def weather_at_its_stamp(inputs: Inputs) -> ibis.Table:
    """The leak: an observation that is used in the hour before it was published."""
    weather = inputs.weather
    return weather.select("origin", "temperature_fahrenheit", event_timestamp=weather.observed_at)


def self_including_routes(inputs: Inputs) -> ibis.Table:
    """The leak: statistics over all flights scheduled up to this one, itself among them."""
    flights = inputs.flights
    so_far = ibis.cumulative_window(
        group_by=["carrier", "origin", "dest"], order_by=flights.scheduled_departure
    )
    return flights.select(
        "flight_id",
        mean_delay=flights.arrival_delay_minutes.mean().over(so_far),
        event_timestamp=predicted_at(flights),
    )


def built(view: View, typed: dict[str, pd.DataFrame], instant: datetime) -> pa.Table:
    return feature_tables(typed, instant, [view])[view.name]


def served(view: View, typed: dict[str, pd.DataFrame], as_of: datetime, flight: int) -> pd.DataFrame:
    """What the view tells the flight at its prediction."""
    requests = labelled_requests(typed, as_of)
    request = requests[requests.flight_id == flight].iloc[0]
    return served_values(built(view, typed, as_of), view.keys, request)


def test_the_flights_own_departure_delay_as_a_feature_is_refused(
    retrieval: Retrieval, typed: dict[str, pd.DataFrame]
) -> None:
    frame = retrieval.frames["test"]
    flights = typed["flights"].set_index(["carrier", "flight", "origin", "dest", "scheduled_departure"])
    keys = pd.MultiIndex.from_frame(frame[flights.index.names])
    own_delay = flights.departure_delay_minutes.astype("float32").loc[keys].to_numpy()
    with pytest.raises(LeakError, match=r"own_delay alone tells the label with an AUC of 0\.8[5-9]"):
        refuse_telling_features(frame.assign(own_delay=own_delay), ["own_delay"], "late")


def test_a_random_split_is_refused(retrieval: Retrieval) -> None:
    rows = pd.concat(retrieval.frames.values(), ignore_index=True)
    test = np.random.default_rng(0).random(len(rows)) < 0.25
    with pytest.raises(LeakError, match=r"the test rows start at .* before the train rows end"):
        refuse_overlapping_splits({"train": rows[~test], "test": rows[test]}, "event_timestamp")


def test_route_statistics_that_include_the_flight_itself_are_refused(
    typed: dict[str, pd.DataFrame], as_of: datetime
) -> None:
    view, flight = planted("self_including", ("flight_id",), self_including_routes), 150_000
    with pytest.raises(LeakError, match="self_including: mean_delay depends on the row's own outcome"):
        refuse_own_outcome(
            view.name,
            served(view, typed, as_of, flight),
            served(view, without_outcome(typed, flight), as_of, flight),
        )


def test_the_same_days_mean_of_the_origin_is_refused(typed: dict[str, pd.DataFrame], as_of: datetime) -> None:
    view = planted("same_day", ("flight_id",), same_day_mean)
    rebuilt = built(view, known_at(typed, AFTERNOON), AFTERNOON)
    with pytest.raises(LeakError, match=r"same_day: .* values of mean_delay .* use what became known later"):
        refuse_values_from_later(view.name, view.keys, built(view, typed, as_of), rebuilt, AFTERNOON)


def test_weather_at_its_stamp_is_refused(typed: dict[str, pd.DataFrame], as_of: datetime) -> None:
    view = planted("stamped", ("origin",), weather_at_its_stamp)
    rebuilt = built(view, known_at(typed, AFTERNOON), AFTERNOON)
    with pytest.raises(LeakError, match=r"stamped: .* rows claim to be known by"):
        refuse_rows_known_too_early(view.name, view.keys, built(view, typed, as_of), rebuilt, AFTERNOON)


def test_the_step_refuses_a_table_that_includes_the_flight_itself(
    typed: dict[str, pd.DataFrame], as_of: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = planted("routes", ("flight_id",), self_including_routes)
    build = partial(feature_tables, views=[view])
    monkeypatch.setattr(own_outcome, "feature_tables", build)
    monkeypatch.setitem(VIEWS, "routes", view)
    with pytest.raises(LeakError, match="routes: mean_delay depends on the row's own outcome"):
        refuse_own_outcomes(build(typed, as_of), typed, labelled_requests(typed, as_of))


def test_what_is_served_does_not_depend_on_the_flight_itself(
    typed: dict[str, pd.DataFrame], as_of: datetime, tables: dict[str, pa.Table]
) -> None:
    refuse_own_outcomes(tables, typed, labelled_requests(typed, as_of))


@pytest.mark.parametrize("day", ["2014-01-02T05:00:00+00:00", "2026-01-01T00:00:00+00:00"])
def test_the_step_refuses_a_table_that_was_built_with_later_knowledge(
    day: str, typed: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaking = View("routes", VIEWS["routes"].keys, None, early_routes)
    monkeypatch.setattr(building, "feature_tables", partial(feature_tables, views=[leaking]))
    instant = datetime.fromisoformat(day)
    with pytest.raises(LeakError, match=r"routes: .* rows claim to be known by 2013-12-"):
        build_set(DirectoryStore(tmp_path), typed, instant)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda table: table.slice(1), "routes: 1 rows known by .* are gone", id="a lost row"),
        pytest.param(lambda table: table.take([1, 0, *range(2, len(table))]), "is not the table", id="order"),
    ],
)
def test_the_step_refuses_a_table_that_is_not_the_one_that_was_built_then(
    spoil: Callable[[pa.Table], pa.Table],
    reason: str,
    typed: dict[str, pd.DataFrame],
    tables: dict[str, pa.Table],
) -> None:
    with pytest.raises(LeakError, match=reason):
        refuse_later_knowledge({"routes": spoil(tables["routes"])}, typed, AFTERNOON)


def told_by_the_label(requests: pd.DataFrame) -> pd.DataFrame:
    """The leak: the label under the name of a feature."""
    values = dict.fromkeys([feature.name for feature in FEATURES], 0.0)
    return requests.assign(**values).assign(distance=requests.late.astype("float"))


def test_the_retrieval_refuses_a_feature_that_tells_the_label(
    year: FeatureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "retrieve", lambda _store, requests, *_: told_by_the_label(requests))
    with pytest.raises(LeakError, match=r"distance alone tells the label"):
        split_frames(year, validation_months=1, test_months=3)


def test_the_retrieval_refuses_splits_that_overlap(year: FeatureSet, monkeypatch: pytest.MonkeyPatch) -> None:
    months = pd.period_range("2013-01", "2013-12", freq="M")
    overlapping = Splits(train=months[:9], validation=months[8:9], test=months[9:])
    monkeypatch.setattr(frames, "month_splits", lambda *_: overlapping)
    monkeypatch.setattr(frames, "retrieve", lambda _store, requests, *_: requests)
    with pytest.raises(LeakError, match=r"the validation rows start at .* before the train rows end"):
        split_frames(year, validation_months=1, test_months=3)


def early_routes(inputs: Inputs) -> ibis.Table:
    """Route statistics that claim to be known an hour before the arrivals they count."""
    table = routes(inputs)
    return table.mutate(event_timestamp=table.event_timestamp - ibis.interval(hours=1))


def test_rows_from_after_the_instant_of_a_set_are_refused(tables: dict[str, pa.Table]) -> None:
    with pytest.raises(LeakError, match=r"tails: .* rows lie after 2013-05-20T20:00:00"):
        refuse_rows_after("tails", tables["tails"], AFTERNOON)


def test_a_request_is_labelled_only_once_it_has_arrived(typed: dict[str, pd.DataFrame]) -> None:
    requests = labelled_requests(typed, AFTERNOON).set_index("flight_id")
    arrived = typed["flights"].set_index("flight_id").arrived_at <= AFTERNOON
    assert (requests.late.notna() == arrived.reindex(requests.index)).all()

"""A table built later and cut to an instant is the table that was built then."""

from datetime import datetime

import pandas as pd
import pyarrow as pa
import pytest

from components.build_features.tables import feature_tables
from feature_repo.guards import up_to
from feature_repo.known import known_at
from feature_repo.views import VIEWS

INSTANTS = [
    pytest.param("2013-02-09T18:07:00+00:00", id="the day after a blizzard"),
    pytest.param("2013-07-10T23:30:00+00:00", id="a summer evening on the quarter of an hour"),
    pytest.param("2013-11-03T05:41:00+00:00", id="in the hour that autumn repeats"),
]


@pytest.mark.parametrize("instant", INSTANTS)
def test_tables_cut_to_an_instant_equal_those_built_then(
    instant: str, typed: dict[str, pd.DataFrame], tables: dict[str, pa.Table]
) -> None:
    then = datetime.fromisoformat(instant)
    rebuilt = feature_tables(known_at(typed, then), then)
    different = [name for name, table in tables.items() if not up_to(table, then).equals(rebuilt[name])]
    assert different == []


@pytest.mark.parametrize("instant", INSTANTS)
def test_flights_straddle_the_instants_that_are_compared(
    instant: str, typed: dict[str, pd.DataFrame]
) -> None:
    then = datetime.fromisoformat(instant)
    flights = typed["flights"]
    in_the_air = (flights.departed_at <= then) & (flights.arrived_at > then)
    assert in_the_air.sum() > 0


def test_delayed_departures_straddle_the_instant_of_the_evening(typed: dict[str, pd.DataFrame]) -> None:
    then = datetime.fromisoformat("2013-07-10T23:30:00+00:00")
    flights = typed["flights"]
    assert ((flights.scheduled_departure <= then) & (flights.departed_at > then)).sum() > 50


def test_one_thread_and_two_build_the_same(
    typed: dict[str, pd.DataFrame], tables: dict[str, pa.Table], as_of: datetime
) -> None:
    single = feature_tables(typed, as_of, threads=1)
    assert [name for name, table in tables.items() if not table.equals(single[name])] == []


def test_a_view_has_one_row_for_a_key_at_an_instant(tables: dict[str, pa.Table]) -> None:
    for name, view in VIEWS.items():
        rows = tables[name].select([*view.keys, "event_timestamp"]).to_pandas()
        assert not rows.duplicated().any(), name


def test_an_origin_has_a_row_every_quarter_of_an_hour_also_where_nothing_departs(
    tables: dict[str, pa.Table],
) -> None:
    rows = tables["origins"].to_pandas()
    night = rows[rows.event_timestamp.between("2013-05-02T07:00Z", "2013-05-02T08:00Z")]
    assert len(night) == 3 * 5
    assert night[night.origin == "LGA"].log_departures.eq(0).any()

"""What is known at an instant, cell by cell."""

import pandas as pd
import pytest

from feature_repo.history import labelled_requests
from feature_repo.known import known_at


def at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"2013-05-01T{clock}Z")


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    flights = pd.DataFrame(
        {
            "flight_id": [0, 1],
            "carrier": "UA",
            "flight": [1, 2],
            "origin": "EWR",
            "dest": "IAH",
            "tailnum": ["N1", None],
            "scheduled_departure": [at("12:00"), at("12:00")],
            "scheduled_arrival": [at("14:00"), at("14:00")],
            "distance_miles": 1400,
            "departed_at": [at("12:10"), pd.NaT],
            "departure_delay_minutes": pd.array([10, None], dtype="Int64"),
            "arrived_at": [at("14:20"), pd.NaT],
            "arrival_delay_minutes": pd.array([20, None], dtype="Int64"),
            "cancelled": pd.array([False, True], dtype="boolean"),
        }
    )
    weather = pd.DataFrame({"origin": ["EWR"], "observed_at": [at("12:00")], "known_at": [at("13:00")]})
    planes = pd.DataFrame({"tailnum": ["N1"], "known_at": [at("00:00")]})
    return {"flights": flights, "weather": weather, "planes": planes}


def test_the_schedule_is_known_ahead(tables: dict[str, pd.DataFrame]) -> None:
    known = known_at(tables, at("06:00"))["flights"]
    schedule = ["carrier", "tailnum", "scheduled_departure", "scheduled_arrival"]
    pd.testing.assert_frame_equal(known[schedule], tables["flights"][schedule])


@pytest.mark.parametrize(
    ("clock", "departed", "arrived"),
    [("12:09", False, False), ("12:10", True, False), ("14:19", True, False), ("14:20", True, True)],
)
def test_departure_and_arrival_are_known_from_their_own_instants_on(
    tables: dict[str, pd.DataFrame], clock: str, departed: bool, arrived: bool
) -> None:
    flight = known_at(tables, at(clock))["flights"].iloc[0]
    assert (pd.notna(flight.departed_at), pd.notna(flight.departure_delay_minutes)) == (departed, departed)
    assert (pd.notna(flight.arrived_at), pd.notna(flight.arrival_delay_minutes)) == (arrived, arrived)


@pytest.mark.parametrize(("clock", "known"), [("13:59", False), ("14:00", True)])
def test_a_cancellation_is_known_at_the_scheduled_arrival(
    tables: dict[str, pd.DataFrame], clock: str, known: bool
) -> None:
    cancelled = known_at(tables, at(clock))["flights"].cancelled
    assert pd.notna(cancelled[1]) == known


def test_a_flight_that_has_departed_is_not_cancelled(tables: dict[str, pd.DataFrame]) -> None:
    cancelled = known_at(tables, at("12:10"))["flights"].cancelled
    assert not cancelled[0]


@pytest.mark.parametrize(("clock", "rows"), [("12:59", 0), ("13:00", 1)])
def test_weather_is_known_an_hour_after_its_stamp(
    tables: dict[str, pd.DataFrame], clock: str, rows: int
) -> None:
    assert len(known_at(tables, at(clock))["weather"]) == rows


@pytest.mark.parametrize(("clock", "label"), [("14:19", None), ("14:20", 1)])
def test_a_label_is_known_when_the_flight_has_arrived(
    tables: dict[str, pd.DataFrame], clock: str, label: int | None
) -> None:
    requests = labelled_requests(tables, at(clock))
    found = requests.set_index("flight_id").late[0]
    assert (None if pd.isna(found) else found) == label


def test_a_flight_is_predicted_an_hour_before_its_scheduled_departure(
    tables: dict[str, pd.DataFrame],
) -> None:
    requests = labelled_requests(tables, at("15:00"))
    assert set(requests.event_timestamp) == {at("11:00")}
    assert set(requests.scheduled_elapsed_minutes) == {120}


@pytest.mark.parametrize(("clock", "known_at"), [("14:19", None), ("14:20", "14:20")])
def test_a_label_comes_with_the_instant_at_which_it_became_known(
    tables: dict[str, pd.DataFrame], clock: str, known_at: str | None
) -> None:
    found = labelled_requests(tables, at(clock)).set_index("flight_id").label_known_at[0]
    assert (None if pd.isna(found) else found) == (known_at and at(known_at))

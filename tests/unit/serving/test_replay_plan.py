"""A replay sends one window as it was, and the two after it with their schedule shifted."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from feature_repo.schema import RequestField
from serving.detectors.windows import WindowShape
from serving.monitor.debounce import debounce
from serving.replay.plan import plan
from serving.replay.requests import ReplayedRequest, absurd, read_requests
from tests.examples.serving.model_parts import TRAINED_SIGNATURE
from tests.examples.serving.replayed import DAY, LEAD, request

DAYS = WindowShape(hours=24, minimum_rows=2, timezone="America/New_York")
SIX_HOURS, ONE_DAY = timedelta(hours=6), timedelta(days=1)
THREE_DAYS = [request(hours, actual=0) for hours in (9, 12, 20, 33, 36, 44, 57, 60, 68)]


def test_the_first_window_is_sent_as_it_was() -> None:
    found = plan(THREE_DAYS, DAYS, "collected_at", SIX_HOURS)[0]
    assert (found.start, found.end, found.shift) == (DAY, DAY + ONE_DAY, timedelta(0))
    assert found.requests == tuple(THREE_DAYS[:3])


def test_as_many_windows_are_shifted_as_a_breach_needs() -> None:
    planned = plan(THREE_DAYS, DAYS, "collected_at", SIX_HOURS)
    assert not debounce(["stable", *["drift" for _ in planned[2:]]]).breached
    assert debounce(["stable", *["drift" for _ in planned[1:]]]).breached


def test_what_is_shifted_falls_into_the_window_in_which_it_is_then_predicted() -> None:
    _, *shifted = plan(THREE_DAYS, DAYS, "collected_at", SIX_HOURS)
    predicted = [[one.predicted_at - DAY for one in window.requests] for window in shifted]
    assert predicted == [
        [timedelta(hours=39), timedelta(hours=42)],
        [timedelta(hours=h) for h in (50, 63, 66)],
    ]


def test_what_is_shifted_is_asked_for_another_time() -> None:
    _, *shifted = plan(THREE_DAYS, DAYS, "collected_at", SIX_HOURS)
    for one in (one for window in shifted for one in window.requests):
        assert datetime.fromisoformat(one.fields["collected_at"]) - one.predicted_at == LEAD


def test_nobody_knows_what_came_of_a_request_that_nobody_sent() -> None:
    _, *shifted = plan(THREE_DAYS, DAYS, "collected_at", SIX_HOURS)
    known = {(one.actual, one.known_at, one.missing) for window in shifted for one in window.requests}
    assert known == {(None, None, None)}


def test_a_window_that_could_not_be_judged_is_not_replayed() -> None:
    with pytest.raises(ValueError, match="2 are needed"):
        plan(THREE_DAYS[:4], DAYS, "collected_at", SIX_HOURS)


def test_an_absurd_request_has_the_highest_numbers_that_are_permitted() -> None:
    bounded = RequestField(name="weight", type="number", minimum=1, maximum=30_000)
    signature = TRAINED_SIGNATURE.model_copy(
        update={"request_fields": (bounded, *TRAINED_SIGNATURE.request_fields[1:])}
    )
    found = absurd(request(9, actual=1), signature)
    assert found.fields == {**request(9).fields, "weight": 30_000}
    assert found.actual is None


@pytest.fixture
def read(tmp_path: Path) -> list[ReplayedRequest]:
    table = pd.DataFrame(
        {
            "weight": [3.5, None],
            "collected_at": pd.to_datetime(["2013-10-01T13:00Z", "2013-10-01T12:00Z"]),
            "predicted_at": pd.to_datetime(["2013-10-01T12:00Z", "2013-10-01T11:00Z"]),
            "actual": pd.array([1, None], dtype="Int8"),
            "known_at": pd.to_datetime(pd.Series(["2013-10-01T15:00Z", None])),
            "missing_features": [0, 4],
        }
    )
    path = tmp_path / "requests.parquet"
    table.to_parquet(path)
    return read_requests(path, TRAINED_SIGNATURE)


def test_requests_are_read_in_the_order_of_time_as_json_has_them(read: list[ReplayedRequest]) -> None:
    assert [one.fields for one in read] == [
        {"weight": None, "collected_at": "2013-10-01T12:00:00+00:00"},
        {"weight": 3.5, "collected_at": "2013-10-01T13:00:00+00:00"},
    ]


def test_what_nobody_knows_is_read_as_unknown(read: list[ReplayedRequest]) -> None:
    assert [(one.actual, one.known_at is None, one.missing) for one in read] == [
        (None, True, 4),
        (1, False, 0),
    ]

"""Simulated time goes by in quarters of an hour, and nothing is done before it is due."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.replay.rounds import ROUND, Due, rounds
from tests.examples.serving.replayed import DAY, request


def test_a_round_begins_at_a_quarter_of_an_hour() -> None:
    (only,) = rounds([request(9.2)])
    assert only.instant == DAY + timedelta(hours=9)


def test_a_request_on_the_quarter_belongs_to_the_round_that_begins_then() -> None:
    instants = [turn.instant for turn in rounds([request(9), request(9.25)])]
    assert instants == [DAY + timedelta(hours=9), DAY + timedelta(hours=9.25)]


def test_time_goes_by_where_nothing_is_asked() -> None:
    found = rounds([request(9), request(10)])
    assert [len(turn.requests) for turn in found] == [1, 0, 0, 0, 1]


@given(st.lists(st.integers(min_value=0, max_value=2000), min_size=1))
def test_every_request_is_in_one_round_in_the_order_of_time(minutes: list[int]) -> None:
    found = rounds([request(minute / 60) for minute in minutes])
    sent = [one.predicted_at for turn in found for one in turn.requests]
    assert sent == sorted(request(minute / 60).predicted_at for minute in minutes)
    assert all(
        turn.instant <= one.predicted_at < turn.instant + ROUND for turn in found for one in turn.requests
    )


def test_there_is_no_round_without_a_request() -> None:
    with pytest.raises(ValueError, match="no request"):
        rounds([])


def test_what_is_due_is_taken_once_and_in_the_order_of_time() -> None:
    due: Due[str] = Due()
    for hours, name in ((3, "third"), (1, "first"), (2, "second")):
        due.add(DAY + timedelta(hours=hours), name)
    assert list(due.until(DAY + timedelta(hours=2))) == ["first", "second"]
    assert list(due.until(DAY + timedelta(hours=3))) == ["third"]
    assert len(due) == 0

"""In each round what came true is told, then requests are sent; for these, the store is moved first."""

from datetime import datetime
from typing import Any

import pytest

from serving.replay.course import Course, RoundEnded
from serving.replay.rounds import rounds
from tests.examples.serving.replayed import DAY, Recorded, request

Log = list[tuple[str, Any]]


@pytest.fixture
def log() -> Log:
    return []


@pytest.fixture
def course(log: Log) -> Course:
    def move(instant: datetime) -> None:
        log.append(("move", (instant - DAY).total_seconds() / 3600))

    return Course((Recorded("REST", log), Recorded("gRPC", log)), move)


def test_the_store_stands_at_the_round_before_its_requests_are_sent(course: Course, log: Log) -> None:
    course.run(rounds([request(9.1), request(9.3)]), lambda _: None)
    assert [what for what, _ in log] == ["move", "REST predict", "move", "gRPC predict"]
    assert [at for what, at in log if what == "move"] == [9, 9.25]


def test_rounds_in_which_nothing_is_sent_leave_the_store_where_it_is(course: Course, log: Log) -> None:
    course.run(rounds([request(9), request(15)]), lambda _: None)
    assert [at for what, at in log if what == "move"] == [9, 15]


def test_what_came_true_is_told_in_a_round_in_which_nothing_is_sent(course: Course, log: Log) -> None:
    course.run(rounds([request(9, actual=1, known_after=3), request(15)]), lambda _: None)
    assert [what for what, _ in log] == ["move", "REST predict", "REST tell", "move", "gRPC predict"]


def test_requests_go_over_each_transport_in_turn(course: Course, log: Log) -> None:
    course.run(rounds([request(9 + minute / 60) for minute in range(4)]), lambda _: None)
    assert [what for what, _ in log][1:] == ["REST predict", "gRPC predict"] * 2


def test_what_came_true_is_told_once_it_is_known_and_over_the_same_transport(
    course: Course, log: Log
) -> None:
    course.run(rounds([request(9), request(9.1, actual=1, known_after=0.5), request(9.75)]), lambda _: None)
    told = log.index(("gRPC tell", 1))
    assert log[told - 1] == ("move", 9.75)
    assert course.actuals == 1


def test_nothing_is_told_of_what_nobody_knows(course: Course, log: Log) -> None:
    course.run(rounds([request(9), request(15)]), lambda _: None)
    assert not [what for what, _ in log if what.endswith("tell")]


def test_what_came_true_is_told_under_the_id_of_its_prediction() -> None:
    only = Recorded("REST")
    Course((only,), lambda _: None).run(
        rounds([request(9, actual=1, known_after=0.1), request(9.25)]), lambda _: None
    )
    predicted, told, _ = only.puids
    assert told == predicted


def test_every_request_has_an_id_of_its_own(course: Course) -> None:
    course.run(rounds([request(9 + minute / 60) for minute in range(10)]), lambda _: None)
    assert len({sent.puid for sent in course.sent}) == 10


def test_the_end_of_a_round_is_told_with_what_has_been_done(course: Course) -> None:
    ended: list[RoundEnded] = []
    course.run(rounds([request(9, actual=0, known_after=0.1), request(9.25)]), ended.append)
    assert [(at.predictions, at.actuals) for at in ended] == [(1, 0), (2, 1)]

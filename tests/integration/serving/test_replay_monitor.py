"""How a replay waits for what the monitor of a deployment says."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import pytest

from serving.detectors.windows import WindowShape
from serving.replay.monitor import MonitorSilentError, WatchedDeployment
from tests.examples.http_server import Request, http_server

WINDOWS = {"windows": [], "model_version": "a" * 64}
SHAPE = WindowShape(hours=24, minimum_rows=100, timezone="America/New_York")
NO_STORE: dict[str, Any] = {"store": {"present": False, "spooled": 0}}


@pytest.fixture
def status() -> HTTPStatus:
    """The status of every answer."""
    return HTTPStatus.OK


@pytest.fixture
def answers() -> list[dict[str, Any]]:
    """What is answered in turn, the last of them from then on."""
    return [WINDOWS]


@pytest.fixture
def deployment(status: HTTPStatus, answers: list[dict[str, Any]]) -> Iterator[WatchedDeployment]:
    def answered(request: Request) -> None:
        request.answer(status, json.dumps(answers.pop(0) if len(answers) > 1 else answers[0]).encode())

    with http_server(GET=answered) as address:
        yield WatchedDeployment(f"http://{address}")


def test_the_status_is_asked_until_it_is_the_wanted_one(deployment: WatchedDeployment) -> None:
    asked: list[int] = []

    def third_time(said: dict[str, Any]) -> bool:
        asked.append(len(asked))
        return said == WINDOWS and len(asked) == 3

    assert deployment.await_status(third_time, 30) == WINDOWS
    assert len(asked) == 3


def test_the_last_status_is_told_where_the_wanted_one_does_not_come(deployment: WatchedDeployment) -> None:
    assert deployment.await_status(lambda _: False, 0) == WINDOWS


@pytest.mark.parametrize("answers", [[NO_STORE, {**WINDOWS, "window_shape": asdict(SHAPE)}]])
def test_the_shape_of_the_windows_is_told_once_the_store_is_there(deployment: WatchedDeployment) -> None:
    assert deployment.window_shape(30) == SHAPE


@pytest.mark.parametrize("answers", [[NO_STORE]])
def test_a_store_that_stays_away_is_told(deployment: WatchedDeployment) -> None:
    with pytest.raises(MonitorSilentError, match="store is away"):
        deployment.window_shape(0)


@pytest.mark.parametrize("status", [HTTPStatus.INTERNAL_SERVER_ERROR])
def test_a_monitor_that_does_not_answer_is_told(deployment: WatchedDeployment) -> None:
    with pytest.raises(MonitorSilentError, match="answers 500"):
        deployment.status()

"""The last lines of containers, as an API server gives them; it is a fake."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from components.publish.cluster import collecting
from components.publish.cluster.collecting import collect
from components.publish.cluster.connection import Connection
from components.publish.cluster.evidence import Evidence
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Resource
from tests.examples.cluster.fake_api import Answer, Document, FakeApi, fake_api, refusal

PODS = "/api/v1/namespaces/ontime/pods"
STARTED = datetime(2026, 1, 1, 12, tzinfo=UTC)
REQUIRED = {"name": "features", "image": "", "imageID": "", "ready": False, "restartCount": 1}


WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}
ENDED = {"terminated": {"exitCode": 1, "reason": "Error"}}
RUNNING = {"running": {"startedAt": "2026-01-01T12:00:00Z"}}


@pytest.fixture
def cluster() -> Iterator[tuple[Connection, FakeApi]]:
    with fake_api() as made:
        yield made


def pod(name: str, **status: Any) -> Document:
    return {
        "metadata": {"name": name, "annotations": {"ontime-publish/revision": "bb"}},
        "status": {"containerStatuses": [{**REQUIRED, **status}]},
    }


def collected(connection: Connection, each_time: Callable[[], None] = lambda: None) -> Evidence:
    return collect(Resource(connection, "ontime", "parcels", Patience(60)), ["bb"], STARTED, each_time)


def collected_log(
    cluster: tuple[Connection, FakeApi], log: bytes, previous: bytes = b"", **status: Any
) -> tuple[str, ...]:
    def asked(_method: str, path: str) -> Answer | None:
        if not path.startswith(f"{PODS}/parcels-1/log"):
            return None
        return 200, previous if "previous=true" in path.lower() else log

    connection, api = cluster
    api.objects[f"{PODS}/parcels-1"] = pod("parcels-1", **status)
    api.asked = asked
    evidence = collected(connection)
    assert evidence.events == ()
    [found] = evidence.containers
    return found.log


def test_a_log_that_is_no_text_is_shown_as_far_as_it_is(cluster: tuple[Connection, FakeApi]) -> None:
    log = b"loading\n\xff\xfe broken\n"
    assert collected_log(cluster, log, state=WAITING) == ("loading", "\ufffd\ufffd broken")


def test_of_a_container_that_runs_again_the_log_of_the_run_before_is_shown(
    cluster: tuple[Connection, FakeApi],
) -> None:
    log = collected_log(cluster, b"loading\n", previous=b"no such model\n", state=RUNNING)
    assert log == ("no such model",)


@pytest.mark.parametrize("state", [WAITING, ENDED], ids=["waiting", "ended"])
def test_of_a_container_that_has_started_again_since_it_was_listed_the_log_of_the_run_before_is_shown(
    cluster: tuple[Connection, FakeApi], state: Document
) -> None:
    assert collected_log(cluster, b"", previous=b"no such model\n", state=state) == ("no such model",)


def test_of_a_container_that_has_ended_the_log_of_its_last_run_is_shown(
    cluster: tuple[Connection, FakeApi],
) -> None:
    log = collected_log(cluster, b"torn\n", previous=b"no such model\n", state=ENDED)
    assert log == ("torn",)


def test_where_the_log_of_the_run_before_was_cleared_away_that_of_now_is_shown(
    cluster: tuple[Connection, FakeApi],
) -> None:
    cleared = b"unable to retrieve container logs for containerd://0"
    assert collected_log(cluster, b"loading\n", previous=cleared, state=RUNNING) == ("loading",)


def test_the_publication_is_said_to_live_before_every_question(cluster: tuple[Connection, FakeApi]) -> None:
    connection, api = cluster
    said: list[str] = []

    def asked(_method: str, path: str) -> Answer | None:
        said.append(path)
        return (200, b"loading\n") if "/log" in path else None

    api.objects[f"{PODS}/parcels-1"] = pod("parcels-1", state=WAITING)
    api.asked = asked
    collected(connection, lambda: said.append("alive"))
    assert len(said) == 8
    assert set(said[::2]) == {"alive"}


def test_the_logs_of_a_dead_node_are_not_waited_for_as_long_as_the_api_server(
    cluster: tuple[Connection, FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "PATIENCE_SECONDS", 0.0)
    connection, api = cluster
    tries: list[str] = []

    def asked(_method: str, path: str) -> Answer | None:
        if "/log" not in path:
            return None
        tries.append(path)
        return refusal(503, path)

    api.objects[f"{PODS}/parcels-1"] = pod("parcels-1", state=WAITING)
    api.asked = asked
    assert [item.log for item in collected(connection).containers] == [()]
    # Of the run before, and of this one.
    assert len(tries) == 2


def test_once_the_logs_took_too_long_the_other_containers_are_told_without(
    cluster: tuple[Connection, FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LOGS_SECONDS", 0.0)
    assert collected_log(cluster, b"loading\n", state=WAITING) == ()

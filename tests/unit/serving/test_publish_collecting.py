"""The last lines of containers, as an API server gives them; it is a fake."""

from datetime import UTC, datetime
from typing import Any

from components.publish.cluster.collecting import collect
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Resource
from tests.examples.cluster.fake_api import Answer, fake_api

PODS = "/api/v1/namespaces/ontime/pods"
STARTED = datetime(2026, 1, 1, 12, tzinfo=UTC)
REQUIRED = {"name": "features", "image": "", "imageID": "", "ready": False, "restartCount": 1}


def collected_log(log: bytes, previous: bytes = b"", **status: Any) -> tuple[str, ...]:
    def asked(_method: str, path: str) -> Answer | None:
        if not path.startswith(f"{PODS}/parcels-1/log"):
            return None
        return 200, previous if "previous=true" in path.lower() else log

    with fake_api() as (connection, api):
        metadata = {"name": "parcels-1", "annotations": {"ontime-publish/revision": "bb"}}
        container = {**REQUIRED, **status}
        api.objects[f"{PODS}/parcels-1"] = {
            "metadata": metadata,
            "status": {"containerStatuses": [container]},
        }
        api.asked = asked
        evidence = collect(Resource(connection, "ontime", "parcels", Patience(1)), ["bb"], STARTED)
    assert evidence.events == ()
    [found] = evidence.containers
    return found.log


def test_a_log_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    log = b"loading\n\xff\xfe broken\n"
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    assert collected_log(log, state=waiting) == ("loading", "\ufffd\ufffd broken")


def test_of_a_container_that_runs_again_the_log_of_the_run_before_is_shown() -> None:
    running = {"running": {"startedAt": "2026-01-01T12:00:00Z"}}
    assert collected_log(b"loading\n", previous=b"no such model\n", state=running) == ("no such model",)

"""The last lines of containers, as an API server gives them; it is a fake."""

from datetime import UTC, datetime
from typing import Any

from components.publish.cluster.collecting import collect
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Resource
from tests.examples.cluster.fake_api import fake_api

PODS = "/api/v1/namespaces/ontime/pods"
STARTED = datetime(2026, 1, 1, 12, tzinfo=UTC)
REQUIRED = {"name": "features", "image": "", "imageID": "", "ready": False, "restartCount": 1}


def collected_log(log: bytes, **status: Any) -> tuple[str, ...]:
    with fake_api() as (connection, api):
        metadata = {"name": "parcels-1", "annotations": {"ontime-publish/revision": "bb"}}
        container = {**REQUIRED, **status}
        api.objects[f"{PODS}/parcels-1"] = {
            "metadata": metadata,
            "status": {"containerStatuses": [container]},
        }
        api.asked = lambda _method, path: (200, log) if path == f"{PODS}/parcels-1/log" else None
        evidence = collect(Resource(connection, "ontime", "parcels", Patience(1)), ["bb"], STARTED)
    assert evidence.events == ()
    [found] = evidence.containers
    return found.log


def test_a_log_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    log = b"loading\n\xff\xfe broken\n"
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    assert collected_log(log, state=waiting) == ("loading", "\ufffd\ufffd broken")

"""Publishing that fails, on a real API server and kubelet: the model before serves throughout.

Each failure ends in an error that says why, with what was served before put back and answering, and a
second publication of the same model repairs it. Only the operator and the executor are stand-ins.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import PublicationError
from components.publish.cluster.publication import Pace
from serving.artifact import ModelDirectory
from serving.deployment.model import champion_hash
from tests.examples.cluster.broken_api import proxied
from tests.examples.cluster.fake_webhook import absent_webhook, refusing_webhook
from tests.examples.cluster.publishing_place import (
    DEPLOYMENT,
    HURRIED,
    PASSWORD,
    Client,
    Place,
    eventually,
    publishing_place,
)
from tests.examples.serving.published_example import Example

logger = logging.getLogger(__name__)
SHORT = Pace(rollout=300, patience=6)


@pytest.fixture(scope="module")
def place(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    first = example.version(tmp_path_factory.mktemp("first") / "model", card="# The first\n")
    with publishing_place() as made:
        made.upload(first)
        made.publish(first)
        yield made


@pytest.fixture(scope="module")
def asking(place: Place) -> Iterator[Client]:
    with place.client(place.serving) as made:
        yield made


@contextmanager
def serving_throughout(place: Place, asking: Client) -> Iterator[None]:
    """No request fails in the block, the model before answers all, and is what is asked for afterwards."""
    place.await_replaced()
    serving = place.serving.content_hash
    before = asking.counts()
    specification = place.deployed()["spec"]
    yield
    now = asking.counts_once_answered(place.serving)
    assert now["failed"] == before["failed"], now["reasons"]
    for transport, versions in now["answered"].items():
        counted = before["answered"][transport]
        assert {name for name, count in versions.items() if count > counted.get(name, 0)} == {serving}
    current = place.deployed()
    assert champion_hash(current) == serving
    assert current["spec"] == specification


def failed(place: Place, model: ModelDirectory, pace: Pace = SHORT, **changes: Any) -> str:
    with pytest.raises(PublicationError) as raised:
        place.publication(model, pace, **changes).run()
    text = str(raised.value)
    logger.info("%s\n", text)
    assert PASSWORD not in text
    return text


def repaired(place: Place, model: ModelDirectory) -> None:
    """A second run publishes; its model is what serves in the next test."""
    place.publish(model)
    assert champion_hash(place.deployed()) == model.content_hash


def test_a_roll_out_that_takes_too_long(place: Place, asking: Client, second: ModelDirectory) -> None:
    with serving_throughout(place, asking):
        # More than any node has: the pod waits for ever, and we wait for less than the cluster does.
        huge = {"cpu": "10m", "memory": "4000Gi", "cpu_limit": "2", "memory_limit": "4000Gi"}
        resources = {**place.settings().model_dump()["resources"], "model": huge}
        text = failed(place, second, Pace(rollout=15, patience=6), resources=resources)
    assert "not rolled out after 15 s" in text
    assert "Insufficient memory" in text
    assert f"the model {place.serving.content_hash} was put back and serves" in text
    repaired(place, second)


def test_a_state_of_failed(place: Place, asking: Client, second: ModelDirectory) -> None:
    with serving_throughout(place, asking):
        place.operator.failures[second.content_hash] = "this will not do"
        text = failed(place, second)
    assert "the operator says Failed: this will not do" in text
    place.operator.failures.clear()
    repaired(place, second)


def test_a_crash_loop(place: Place, asking: Client, second: ModelDirectory) -> None:
    with serving_throughout(place, asking):
        core = client.CoreV1Api(place.connection.client)
        wrong = f"redis://:{PASSWORD}@redis.{place.namespace}:6379/not-a-number"
        core.create_namespaced_secret(
            place.namespace, {"metadata": {"name": "wrong"}, "stringData": {"ONLINE_STORE": wrong}}
        )
        store = {"secret": "wrong", "key": "ONLINE_STORE"}
        text = failed(place, second, timing=HURRIED, online_store=store)
    assert "ProgressDeadlineExceeded" in text
    assert "container features of parcels-default" in text
    assert "ended with 1" in text
    assert "started again" in text
    assert "| " in text
    assert "an online store is given as" in text
    repaired(place, second)


def test_an_image_that_cannot_be_pulled(place: Place, asking: Client, second: ModelDirectory) -> None:
    with serving_throughout(place, asking):
        text = failed(place, second, timing=HURRIED, serving_image="registry.invalid/ontime-serving:gone")
    assert "ImagePullBackOff" in text or "ErrImagePull" in text
    assert "registry.invalid/ontime-serving:gone" in text
    repaired(place, second)


def test_a_model_directory_that_is_missing(
    place: Place, asking: Client, example: Example, tmp_path: Path
) -> None:
    model = example.version(tmp_path / "model", card="# Never uploaded\n")
    with serving_throughout(place, asking):
        text = failed(place, model, timing=HURRIED)
    assert "container fetch of parcels-default" in text
    assert "there is no model directory at" in text
    place.upload(model)
    repaired(place, model)


def test_a_model_directory_that_is_torn(place: Place, asking: Client, second: ModelDirectory) -> None:
    place.upload(second, torn="model.onnx")
    with serving_throughout(place, asking):
        text = failed(place, second, timing=HURRIED)
    assert "container fetch of parcels-default" in text
    assert f"not the expected {second.content_hash}" in text
    place.upload(second)
    repaired(place, second)


def test_a_webhook_that_refuses(place: Place, asking: Client, second: ModelDirectory) -> None:
    with (
        serving_throughout(place, asking),
        refusing_webhook(place.connection, place.namespace, "not today"),
    ):
        text = failed(place, second)
    assert 'admission webhook "vseldondeployment.test.io" denied the request: not today' in text
    assert f"SeldonDeployment {place.namespace}/{DEPLOYMENT} is as it was" in text
    repaired(place, second)


def test_a_webhook_that_is_absent(place: Place, asking: Client, second: ModelDirectory) -> None:
    with serving_throughout(place, asking), absent_webhook(place.connection, place.namespace):
        text = failed(place, second)
    assert "a webhook of the cluster gave no answer for 6 s" in text
    assert "is as it was" in text
    repaired(place, second)


def test_a_webhook_that_comes_back_in_time(place: Place, second: ModelDirectory) -> None:
    absent = absent_webhook(place.connection, place.namespace)
    absent.__enter__()
    timer = threading.Timer(8, lambda: absent.__exit__(None, None, None))
    timer.start()
    place.publish(second, Pace(rollout=300, patience=60))
    timer.join()
    assert champion_hash(place.deployed()) == second.content_hash


@eventually
def await_enforced(core: client.CoreV1Api, namespace: str, quota: str) -> None:
    """A quota says nothing to pods before it has a status."""
    assert core.read_namespaced_resource_quota(quota, namespace).status.hard


def test_a_quota(place: Place, asking: Client, second: ModelDirectory) -> None:
    core = client.CoreV1Api(place.connection.client)
    quota = {"metadata": {"name": "full"}, "spec": {"hard": {"requests.memory": "10Mi"}}}
    with serving_throughout(place, asking):
        core.create_namespaced_resource_quota(place.namespace, quota)
        await_enforced(core, place.namespace, "full")
        try:
            text = failed(place, second, timing=HURRIED)
        finally:
            core.delete_namespaced_resource_quota("full", place.namespace)
    assert "exceeded quota: full" in text
    repaired(place, second)


def test_a_publisher_that_may_not(place: Place, asking: Client, second: ModelDirectory) -> None:
    with serving_throughout(place, asking):
        text = failed(place, second, connection=_as_a_stranger(place))
    assert "cannot" in text
    assert "status 403" in text
    repaired(place, second)


def _as_a_stranger(place: Place) -> Connection:
    core = client.CoreV1Api(place.connection.client)
    core.create_namespaced_service_account(place.namespace, {"metadata": {"name": "stranger"}})
    token = core.create_namespaced_service_account_token("stranger", place.namespace, {"spec": {}})
    given = place.connection.client.configuration
    configuration = client.Configuration(host=given.host)
    configuration.ssl_ca_cert = given.ssl_ca_cert
    configuration.retries = False
    configuration.api_key = {"authorization": f"Bearer {token.status.token}"}
    return Connection(client.ApiClient(configuration), inside=False)


def once_applied(place: Place, do: Callable[[], Any]) -> None:
    """Do something as soon as the publication has applied its manifest."""
    applied = place.said_event("applied")

    def wait() -> None:
        if applied.wait(60):
            do()

    threading.Thread(target=wait, daemon=True).start()


def test_an_api_server_that_is_gone_for_twenty_seconds(
    place: Place, asking: Client, second: ModelDirectory
) -> None:
    before = asking.counts()["failed"]
    with proxied(place.connection) as (connection, proxy):
        once_applied(place, lambda: proxy.close_for(20))
        place.publish(second, Pace(rollout=300, patience=60), connection=connection)
    assert champion_hash(place.deployed()) == second.content_hash
    assert asking.counts_once_answered(second)["failed"] == before


def test_an_api_server_that_stays_gone(place: Place, asking: Client, second: ModelDirectory) -> None:
    before = asking.counts()["failed"]
    with proxied(place.connection) as (connection, proxy):
        once_applied(place, lambda: proxy.close_for(600).cancel())
        text = failed(place, second, Pace(rollout=60, patience=5), connection=connection)
    assert "the API server gave no answer for 5 s" in text
    assert "could not be put back" in text
    # The next run knows what served before; where that is refused too, it says so, and the note stays.
    with refusing_webhook(place.connection, place.namespace, "not today"):
        assert "could not be put back" in failed(place, second)
    repaired(place, second)
    assert asking.counts_once_answered(second)["failed"] == before


def test_an_edit_of_somebody_else_while_it_is_waited(
    place: Place, asking: Client, second: ModelDirectory
) -> None:
    api = client.CustomObjectsApi(place.connection.client)
    before = asking.counts()["failed"]

    def edit() -> None:
        api.patch_namespaced_custom_object(
            "machinelearning.seldon.io",
            "v1",
            place.namespace,
            "seldondeployments",
            DEPLOYMENT,
            [{"op": "replace", "path": "/spec/predictors/0/progressDeadlineSeconds", "value": 333}],
            field_manager="somebody",
            _content_type="application/json-patch+json",
        )

    once_applied(place, edit)
    text = failed(place, second)
    assert "somebody (Update" in text
    assert "nothing was put back over that change" in text
    current = place.deployed()
    assert current["spec"]["predictors"][0]["progressDeadlineSeconds"] == 333
    repaired(place, second)
    assert "taking over what somebody (Update" in "".join(place.said)
    assert asking.counts_once_answered(second)["failed"] == before

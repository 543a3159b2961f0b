"""A second predictor beside the one that answers, in real pods; only the operator and executor are stand-ins.

There is no mesh here: each predictor is asked at its own Service. How a mesh divides requests is not seen.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from serving.artifact import ModelDirectory
from serving.deployment.model import champion_hash
from tests.examples.cluster.publishing_place import Client, Place, eventually, publishing_place
from tests.examples.serving.predictors import predictor_hashes
from tests.examples.serving.published_example import Example

MESH: dict[str, Any] = {"mesh": "istio"}


@pytest.fixture(scope="module")
def first(example: Example, tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return example.version(tmp_path_factory.mktemp("first") / "model", card="# The first\n")


@pytest.fixture(scope="module")
def place(first: ModelDirectory) -> Iterator[Place]:
    with publishing_place() as made:
        made.upload(first)
        made.fill_online_store(first)
        made.publish(first, **MESH)
        yield made


@pytest.fixture(scope="module")
def asking(place: Place, first: ModelDirectory) -> Iterator[Client]:
    with place.client(first) as made:
        yield made


def pods(place: Place, predictor: str) -> dict[str, str]:
    """The pods behind a predictor's Service, and how often their containers started anew, in all."""
    found: Any = client.CoreV1Api(place.connection.client).list_namespaced_pod(
        place.namespace, label_selector=f"seldon-app=parcels-{predictor}"
    )
    return {
        pod.metadata.uid: str([item.restart_count for item in pod.status.container_statuses])
        for pod in found.items
        if pod.metadata.deletion_timestamp is None
    }


@eventually
def await_withdrawn(place: Place, predictor: str) -> None:
    """The pods of what was deleted are deleted in their turn."""
    assert pods(place, predictor) == {}


def test_a_shadow_is_withdrawn_without_a_trace(
    place: Place, asking: Client, first: ModelDirectory, second: ModelDirectory
) -> None:
    """Publishing returns once the pods of the second predictor have answered as the second model."""
    before, asked = pods(place, "default"), asking.counts()

    place.publish(second, strategy="shadow", **MESH)
    current = place.deployed()
    assert predictor_hashes(current) == {"default": first.content_hash, "shadow": second.content_hash}
    assert champion_hash(current) == first.content_hash
    assert len(pods(place, "shadow")) == 1

    place.publish(first, strategy="shadow", **MESH)
    assert predictor_hashes(place.deployed()) == {"default": first.content_hash}
    await_withdrawn(place, "shadow")

    assert pods(place, "default") == before
    now = asking.counts_once_answered(first)
    assert now["failed"] == asked["failed"], now["reasons"]
    assert all(set(versions) == {first.content_hash} for versions in now["answered"].values())


def test_a_canary_is_given_more_and_then_promoted(
    place: Place, asking: Client, second: ModelDirectory
) -> None:
    asked, main = asking.counts(), pods(place, "default")
    place.publish(second, strategy="canary", traffic=5, **MESH)
    canary = pods(place, "canary")
    assert (pods(place, "default"), len(canary)) == (main, 1)

    place.publish(second, strategy="canary", traffic=50, **MESH)
    assert [item["traffic"] for item in place.deployed()["spec"]["predictors"]] == [50, 50]
    assert (pods(place, "default"), pods(place, "canary")) == (main, canary)

    place.publish(second, **MESH)
    assert predictor_hashes(place.deployed()) == {"default": second.content_hash}
    await_withdrawn(place, "canary")
    # A channel that stays moves on when the pod at its other end does.
    now = asking.counts_once_answered(second)
    assert now["failed"] == asked["failed"], now["reasons"]

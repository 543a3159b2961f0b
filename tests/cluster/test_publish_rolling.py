"""Two replicas are replaced by two of another model while clients ask: none of them is refused.

Also: two publications at a time, and one that is killed in the middle.
"""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.publish.cluster.connection import connect
from components.publish.cluster.failures import PublicationError
from components.publish.cluster.forwarding import forwarded
from components.publish.cluster.publication import Pace
from components.settings import Settings
from components.validate.serving_champion import serving_champion
from serving.artifact import ModelDirectory
from serving.deployment.model import champion_hash
from tests.examples.cluster.publishing_place import (
    DEPLOYMENT,
    HURRIED,
    PASSWORD,
    STORE_PORT,
    TINY,
    Place,
    publishing_place,
)
from tests.examples.serving.published_example import Example

# The content hash of the model that serves under a name.
Champion = Callable[[str], str | None]


@pytest.fixture(scope="module")
def place(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    first = example.version(tmp_path_factory.mktemp("first") / "model", card="# The first\n")
    with publishing_place() as made:
        made.upload(first)
        made.publish(first, replicas=2)
        yield made


def test_a_rolling_update_of_two_replicas_loses_no_request(place: Place, second: ModelDirectory) -> None:
    first = place.serving
    with place.client(first) as asking:
        place.publish(second, replicas=2)
        counts = asking.counts()
    assert counts["failed"] == {}, counts["reasons"]
    for transport in ("REST", "gRPC"):
        assert counts["answered"][transport][first.content_hash] > 50
    print(f"answered during the rolling update: {counts['answered']}")  # noqa: T201 - a figure of the test


def test_publishing_the_same_again_restarts_nothing(place: Place) -> None:
    before = sorted(place.pods())
    done = place.publish(place.serving, replicas=2)
    assert sorted(place.pods()) == before
    assert done.seconds < 30


@pytest.fixture
def champion(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Champion:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ontime")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PASSWORD)

    def brought(deployment: str) -> str | None:
        with forwarded(place.connection, place.namespace, "store", STORE_PORT) as port:
            settings = Settings(
                feature_store_uri="/nowhere",
                online_store="sqlite:////nowhere",
                object_store_endpoint=f"http://127.0.0.1:{port}",
            )
            found = serving_champion(settings, place.namespace, deployment, tmp_path)
        return None if found is None else found.content_hash

    return brought


def test_the_champion_of_a_cluster_is_brought_to_where_it_is_judged(place: Place, champion: Champion) -> None:
    assert champion(DEPLOYMENT) == place.serving.content_hash


def test_there_is_no_champion_under_a_name_that_serves_nothing(champion: Champion) -> None:
    assert champion("letters") is None


def test_a_second_publication_waits_and_says_who_is_at_it(place: Place, second: ModelDirectory) -> None:
    applied = place.said_event("applied")
    publishing = threading.Thread(target=place.publish, args=(second,), kwargs={"replicas": 2})
    publishing.start()
    assert applied.wait(60)
    with pytest.raises(PublicationError, match=r"another publication of .* is under way"):
        place.publication(second, Pace(rollout=3), replicas=2).run()
    publishing.join()
    assert champion_hash(place.deployed()) == second.content_hash


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_a_killed_publication_left_is_no_champion_and_is_taken_over(
    place: Place, second: ModelDirectory, champion: Champion
) -> None:
    before = place.deployed()
    context = multiprocessing.get_context("fork")
    applied = context.Event()
    process = context.Process(target=_publish_until_killed, args=(place, second, applied))
    process.start()
    assert applied.wait(60)
    process.kill()
    process.join()
    assert champion_hash(place.deployed()) == second.content_hash
    assert champion(DEPLOYMENT) == champion_hash(before)
    # More memory than any node has: the next one fails too, and what it puts back is what served.
    huge = {**TINY, "memory": "4000Gi", "memory_limit": "4000Gi"}
    resources = dict.fromkeys(place.settings().resources.model_dump(), huge)
    with pytest.raises(PublicationError, match="was put back and serves"):
        place.publication(second, timing=HURRIED, resources=resources, replicas=2).run()
    assert "taking over from a publication that died" in "".join(place.said)
    assert place.deployed()["spec"] == before["spec"]


def _publish_until_killed(place: Place, model: ModelDirectory, applied: Any) -> None:
    publication = place.publication(model, connection=connect(), replicas=2)

    def say(line: str) -> None:
        if line.startswith("applied"):
            applied.set()

    replace(publication, say=say).run()

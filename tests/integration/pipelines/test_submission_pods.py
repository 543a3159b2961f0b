"""What is known of a run's pods, where the server of a fake plays Kubernetes' part."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient, Configuration, CoreV1Api

from pipelines.submission.pods import Pods
from tests.examples.pipelines.fake_kubeflow import FakeKubeflow, Server

EXAMPLES = Path(__file__).parents[2] / "examples" / "pipelines"
START = datetime(2030, 1, 1, tzinfo=UTC)
PATH = "/api/v1/namespaces/kubeflow/pods"


@pytest.fixture
def pods(server: Server) -> Pods:
    return Pods(CoreV1Api(ApiClient(Configuration(host=server.address))), "kubeflow", "run-1")


def test_where_kubernetes_is_not_at_hand_nothing_is_known_and_nothing_is_amiss() -> None:
    pods = Pods(None, "kubeflow", "run-1")
    assert (pods.blocked(), pods.log("ingest"), pods.trouble) == ([], None, None)


@pytest.mark.parametrize(("status", "asked"), [(401, 1), (403, 1), (500, 2), (503, 2)])
def test_only_a_refusal_is_not_asked_again(fake: FakeKubeflow, pods: Pods, status: int, asked: int) -> None:
    fake.refused[PATH] = status
    for _ in range(2):
        assert pods.blocked() == []
    assert len(fake.of("GET", PATH)) == asked


def unpulled(reason: str) -> Any:
    """A pod that was made long before START, as a kubelet tells of it."""
    pod = json.loads((EXAMPLES / "pods.json").read_text(encoding="utf-8"))["image-not-pulled"]
    pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = reason
    return pod


def test_how_long_a_trouble_lasts_is_counted_from_when_it_was_seen(fake: FakeKubeflow, pods: Pods) -> None:
    fake.pods = [unpulled("CreateContainerError")]
    looks = [pods.blocked(START + timedelta(seconds=seconds)) for seconds in (0, 119, 120)]
    assert [[blockage.reason for blockage in look] for look in looks] == [[], [], ["CreateContainerError"]]


def test_an_image_that_is_not_pulled_is_one_trouble_of_two_names(fake: FakeKubeflow, pods: Pods) -> None:
    for seconds, reason in ((0, "ErrImagePull"), (60, "ImagePullBackOff"), (120, "ErrImagePull")):
        fake.pods = [unpulled(reason)]
        found = pods.blocked(START + timedelta(seconds=seconds))
    assert [blockage.reason for blockage in found] == ["ErrImagePull"]


def test_a_trouble_that_comes_back_is_another(fake: FakeKubeflow, pods: Pods) -> None:
    for seconds, reason in ((0, "ErrImagePull"), (60, "ContainerCreating"), (120, "ErrImagePull")):
        fake.pods = [unpulled(reason)]
        found = pods.blocked(START + timedelta(seconds=seconds))
    assert found == []


def test_a_look_that_fails_forgets_no_trouble(fake: FakeKubeflow, pods: Pods) -> None:
    fake.pods = [unpulled("ErrImagePull")]
    pods.blocked(START)
    fake.refused[PATH] = 503
    pods.blocked(START + timedelta(seconds=60))
    fake.refused.clear()
    assert len(pods.blocked(START + timedelta(seconds=120))) == 1


def test_a_trouble_that_has_passed_is_told_no_more(fake: FakeKubeflow, pods: Pods) -> None:
    fake.refused[PATH] = 503
    pods.blocked()
    assert pods.trouble == "Kubernetes does not show the pods of kubeflow (503)"
    fake.refused.clear()
    pods.blocked()
    assert pods.trouble is None

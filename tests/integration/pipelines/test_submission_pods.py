"""What is known of a run's pods, where the server of a fake plays Kubernetes' part."""

from collections.abc import Iterator

import pytest
from kubernetes.client import ApiClient, Configuration, CoreV1Api

from pipelines.submission.pods import Pods
from tests.examples.pipelines.fake_kubeflow import FakeKubeflow, Server, serving

PATH = "/api/v1/namespaces/kubeflow/pods"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(FakeKubeflow()) as server:
        yield server


@pytest.fixture
def fake(server: Server) -> FakeKubeflow:
    return server.fake


@pytest.fixture
def pods(server: Server) -> Pods:
    return Pods(CoreV1Api(ApiClient(Configuration(host=server.address))), "kubeflow", "run-1")


@pytest.mark.parametrize(("status", "asked"), [(401, 1), (403, 1), (500, 2), (503, 2)])
def test_only_a_refusal_is_not_asked_again(fake: FakeKubeflow, pods: Pods, status: int, asked: int) -> None:
    fake.refused[PATH] = status
    for _ in range(2):
        assert pods.blocked() == []
    assert len(fake.of("GET", PATH)) == asked


def test_a_trouble_that_has_passed_is_told_no_more(fake: FakeKubeflow, pods: Pods) -> None:
    fake.refused[PATH] = 503
    pods.blocked()
    assert pods.trouble == "Kubernetes does not show the pods of kubeflow (503)"
    fake.refused.clear()
    pods.blocked()
    assert pods.trouble is None

"""Every overlay of infra/kubernetes, rendered and judged by a real API server."""

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.cluster.platform import (
    OVERLAYS,
    PLATFORM,
    PROFILE,
    Document,
    Place,
    apply,
    has_pod_monitors,
    kubectl,
    rendered,
)

POD_MONITOR = "PodMonitor"
ALWAYS = {"Namespace": 1, "ClusterRole": 1, "RoleBinding": 1, "ConfigMap": 1, POD_MONITOR: 1}
OBJECTS = {
    "kind": {**ALWAYS, "NetworkPolicy": 8, "Service": 2, "StatefulSet": 2},
    "aws": {**ALWAYS, "NetworkPolicy": 5, "ServiceAccount": 2},
    "azure": {**ALWAYS, "NetworkPolicy": 7, "ServiceAccount": 1},
    "gcp": {**ALWAYS, "NetworkPolicy": 5, "ServiceAccount": 2},
}
CLOUDS = ["aws", "azure", "gcp"]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """The namespaces, with the labels of the real one."""
    suffix = f"-{uuid.uuid4().hex[:8]}"
    there = Place(f"ontime{suffix}", f"kubeflow{suffix}", suffix)
    namespaces = [item for item in rendered(PLATFORM / "base") if item["kind"] == "Namespace"]
    assert apply(there.put(namespaces)).returncode == 0
    kubectl("create", "namespace", there.steps)
    yield there
    kubectl("delete", "namespace", there.models, there.steps, "--wait=false")


def for_a_profile(overlay: str, directory: Path) -> list[Document]:
    """An overlay with the component for a multi-user Kubeflow."""
    (directory / "kustomization.yaml").write_text(
        f"resources: [{(OVERLAYS / overlay).relative_to(directory, walk_up=True)}]\n"
        f"components: [{(PLATFORM / 'multi-user').relative_to(directory, walk_up=True)}]\n",
        encoding="utf-8",
    )
    return rendered(directory)


def accepted(documents: list[Document], objects: dict[str, int]) -> None:
    """Assert that these objects are all, and that the API server takes each but PodMonitor, a test's own."""
    assert Counter(document["kind"] for document in documents) == objects
    known = [document for document in documents if document["kind"] != POD_MONITOR]
    judged = apply(known, "--dry-run=server")
    assert (judged.returncode, judged.stderr) == (0, "")
    assert len(judged.stdout.splitlines()) == len(known)


def test_no_overlay_is_left_out() -> None:
    assert {path.name for path in OVERLAYS.iterdir()} == OBJECTS.keys()


@pytest.mark.parametrize("overlay", OBJECTS)
def test_a_real_api_server_accepts_every_object_of_an_overlay(overlay: str, place: Place) -> None:
    accepted(place.put(rendered(OVERLAYS / overlay)), OBJECTS[overlay])


def test_a_real_api_server_accepts_what_prometheus_is_to_read(place: Place) -> None:
    if not has_pod_monitors():
        pytest.skip("the API server does not know PodMonitor, and its definition cannot be had (go, network)")
    [monitor] = [item for item in rendered(PLATFORM / "base") if item["kind"] == POD_MONITOR]
    judged = apply(place.put([monitor]), "--dry-run=server")
    assert (judged.returncode, judged.stderr) == (0, "")


@pytest.mark.parametrize("overlay", CLOUDS)
def test_a_real_api_server_accepts_every_object_for_a_profile(
    overlay: str, place: Place, tmp_path: Path
) -> None:
    accepted(place.put(for_a_profile(overlay, tmp_path)), OBJECTS[overlay])


@pytest.mark.parametrize("overlay", CLOUDS)
def test_a_profile_of_a_multi_user_kubeflow_takes_the_place_of_the_one_team(
    overlay: str, tmp_path: Path
) -> None:
    documents = for_a_profile(overlay, tmp_path)
    [binding] = [item for item in documents if item["kind"] == "RoleBinding"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "default-editor", "namespace": PROFILE}]
    accounts = [item["metadata"] for item in documents if item["kind"] == "ServiceAccount"]
    assert ("default-editor", PROFILE) in {(item["name"], item["namespace"]) for item in accounts}


def test_what_the_api_server_does_not_know_would_be_seen(place: Place) -> None:
    [document] = [item for item in rendered(PLATFORM / "base") if item["metadata"]["name"] == "clients"]
    document["spec"]["podSelektor"] = {}
    judged = apply(place.put([document]), "--dry-run=server")
    assert judged.returncode != 0
    assert "podSelektor" in judged.stderr


def test_a_store_that_may_become_root_would_be_seen(place: Place) -> None:
    [document] = [
        item
        for item in rendered(PLATFORM / "stores")
        if (item["kind"], item["metadata"]["name"]) == ("StatefulSet", "redis")
    ]
    del document["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]
    assert "runAsNonRoot" in apply(place.put([document]), "--dry-run=server").stderr

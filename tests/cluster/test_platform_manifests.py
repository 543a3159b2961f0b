"""Every overlay of infra/kubernetes, rendered and judged by a real API server."""

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.cluster.platform import (
    OVERLAYS,
    PLATFORM,
    Document,
    Place,
    apply,
    has_pod_monitors,
    kubectl,
    rendered,
)

ALWAYS = {"Namespace": 1, "ClusterRole": 1, "RoleBinding": 1, "ConfigMap": 2, "PodMonitor": 1}
OBJECTS = {
    "kind": {**ALWAYS, "NetworkPolicy": 8, "Service": 2, "StatefulSet": 2},
    "aws": {**ALWAYS, "NetworkPolicy": 5, "ServiceAccount": 2},
    "azure": {**ALWAYS, "NetworkPolicy": 7, "ServiceAccount": 1},
    "gcp": {**ALWAYS, "NetworkPolicy": 5, "ServiceAccount": 2},
}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """The namespaces, with the labels of the real one."""
    if not has_pod_monitors():
        pytest.skip("the API server does not know PodMonitor, and its definition cannot be had (go, network)")
    suffix = f"-{uuid.uuid4().hex[:8]}"
    there = Place(f"ontime{suffix}", f"kubeflow{suffix}", suffix)
    namespaces = [item for item in rendered(PLATFORM / "base") if item["kind"] == "Namespace"]
    assert apply(there.put(namespaces)).returncode == 0
    kubectl("create", "namespace", there.steps)
    yield there
    kubectl("delete", "namespace", there.models, there.steps, "--wait=false")


def counted(documents: list[Document]) -> Counter[str]:
    return Counter(document["kind"] for document in documents)


def test_no_overlay_is_left_out() -> None:
    assert {path.name for path in OVERLAYS.iterdir()} == OBJECTS.keys()


@pytest.mark.parametrize("overlay", OBJECTS)
def test_a_real_api_server_accepts_every_object_of_an_overlay(overlay: str, place: Place) -> None:
    documents = place.put(rendered(OVERLAYS / overlay))
    judged = apply(documents, "--dry-run=server")
    assert (judged.returncode, judged.stderr) == (0, "")
    assert counted(documents) == OBJECTS[overlay]
    assert len(judged.stdout.splitlines()) == sum(OBJECTS[overlay].values())


@pytest.mark.parametrize("overlay", ["aws", "azure", "gcp"])
def test_a_profile_of_a_multi_user_kubeflow_takes_the_place_of_the_one_team(
    overlay: str, tmp_path: Path
) -> None:
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{(OVERLAYS / overlay).relative_to(tmp_path, walk_up=True)}]\n"
        f"components: [{(PLATFORM / 'multi-user').relative_to(tmp_path, walk_up=True)}]\n",
        encoding="utf-8",
    )
    [binding] = [item for item in rendered(tmp_path) if item["kind"] == "RoleBinding"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "default-editor", "namespace": "REPLACE-PROFILE"}
    ]
    accounts = [item["metadata"] for item in rendered(tmp_path) if item["kind"] == "ServiceAccount"]
    assert ("default-editor", "REPLACE-PROFILE") in {(item["name"], item["namespace"]) for item in accounts}


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

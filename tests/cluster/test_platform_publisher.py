"""What the pipelines' service account may do on a real API server, and above all what it may not."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client
from tenacity import retry, stop_after_delay, wait_fixed

from tests.examples.cluster.platform import PLATFORM, Place, apply, kubectl, rendered

Right = tuple[str, str, str]
SELDON = ("machinelearning.seldon.io", "seldondeployments")
ALLOWED: list[Right] = [
    *[(*SELDON, verb) for verb in ("get", "create", "patch", "delete")],
    *[("coordination.k8s.io", "leases", verb) for verb in ("get", "create", "update")],
    ("apps", "deployments", "list"),
    ("", "pods", "list"),
    ("", "pods/log", "get"),
    ("", "events", "list"),
    ("", "services", "get"),
    ("discovery.k8s.io", "endpointslices", "list"),
]
REFUSED: list[Right] = [
    (*SELDON, "watch"),
    ("", "secrets", "get"),
    ("", "secrets", "list"),
    ("", "configmaps", "update"),
    ("", "pods", "create"),
    ("", "pods", "delete"),
    ("", "pods/exec", "create"),
    ("", "pods/portforward", "create"),
    ("", "serviceaccounts/token", "create"),
    ("apps", "deployments", "patch"),
    ("apps", "replicasets", "list"),
    ("coordination.k8s.io", "leases", "delete"),
    ("apps", "statefulsets", "delete"),
    ("networking.k8s.io", "networkpolicies", "delete"),
    ("rbac.authorization.k8s.io", "rolebindings", "create"),
    ("machinelearning.seldon.io", "seldondeployments/status", "update"),
]


@pytest.fixture(scope="module")
def place(api: client.ApiClient) -> Iterator[Place]:
    suffix = f"-{uuid.uuid4().hex[:8]}"
    there = Place(f"ontime{suffix}", f"kubeflow{suffix}", suffix)
    kinds = ("Namespace", "ClusterRole", "RoleBinding")
    documents = there.put(item for item in rendered(PLATFORM / "base") if item["kind"] in kinds)
    assert apply(documents).stderr == ""
    kubectl("create", "namespace", there.steps)
    kubectl("create", "serviceaccount", "pipeline-runner", "--namespace", there.steps)
    await_rights(client.AuthorizationV1Api(api), there)
    yield there
    kubectl("delete", "clusterrole", f"ontime-publisher{suffix}")
    kubectl("delete", "namespace", there.models, there.steps, "--wait=false")


@pytest.fixture(scope="module")
def authorization(api: client.ApiClient) -> Any:
    return client.AuthorizationV1Api(api)


def may(authorization: Any, account: str, namespace: str, right: Right) -> bool:
    group, resource, verb = right
    name, _, part = resource.partition("/")
    attributes = client.V1ResourceAttributes(
        namespace=namespace, group=group, resource=name, subresource=part or None, verb=verb
    )
    specification = client.V1SubjectAccessReviewSpec(
        user=f"system:serviceaccount:{account}",
        groups=["system:serviceaccounts"],
        resource_attributes=attributes,
    )
    review = client.V1SubjectAccessReview(spec=specification)
    return bool(authorization.create_subject_access_review(review).status.allowed)


@retry(stop=stop_after_delay(30), wait=wait_fixed(0.2), reraise=True)
def await_rights(authorization: Any, place: Place) -> None:
    """The API server learns of a role a moment after it took it."""
    assert any(may(authorization, f"{place.steps}:pipeline-runner", place.models, right) for right in ALLOWED)


@pytest.mark.parametrize("right", ALLOWED, ids=" ".join)
def test_it_publishes_where_models_are_served(place: Place, authorization: Any, right: Right) -> None:
    assert may(authorization, f"{place.steps}:pipeline-runner", place.models, right)


@pytest.mark.parametrize("right", REFUSED, ids=" ".join)
def test_it_may_do_nothing_else_there(place: Place, authorization: Any, right: Right) -> None:
    assert not may(authorization, f"{place.steps}:pipeline-runner", place.models, right)


@pytest.mark.parametrize("namespace", ["default", "kube-system"])
def test_it_publishes_nowhere_else(place: Place, authorization: Any, namespace: str) -> None:
    account = f"{place.steps}:pipeline-runner"
    assert not any(may(authorization, account, namespace, right) for right in ALLOWED)


def test_other_accounts_of_its_namespace_publish_nothing(place: Place, authorization: Any) -> None:
    account = f"{place.steps}:default"
    assert not any(may(authorization, account, place.models, right) for right in ALLOWED)


def test_it_is_refused_by_the_api_server_itself(place: Place) -> None:
    account = f"--as=system:serviceaccount:{place.steps}:pipeline-runner"
    assert kubectl("get", "pods", "--namespace", place.models, account).returncode == 0
    refused = kubectl("get", "secrets", "--namespace", place.models, account, check=False)
    assert refused.returncode != 0
    assert "secrets is forbidden" in refused.stderr


def test_a_multi_user_kubeflow_gives_it_to_every_editor_of_a_profile(
    place: Place, authorization: Any
) -> None:
    editor = f"kubeflow-edit{place.suffix}"
    label = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit"
    aggregated = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": editor},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]},
    }
    assert apply([aggregated]).returncode == 0
    try:
        kubectl(
            *("create", "rolebinding", "default-editor", f"--clusterrole={editor}"),
            *(f"--serviceaccount={place.steps}:default-editor", "--namespace", place.steps),
        )
        account = f"{place.steps}:default-editor"

        @retry(stop=stop_after_delay(30), wait=wait_fixed(0.2), reraise=True)
        def it_is_given() -> None:
            assert all(may(authorization, account, place.steps, right) for right in ALLOWED)

        it_is_given()
        assert not may(authorization, account, place.models, ALLOWED[0])
    finally:
        kubectl("delete", "clusterrole", editor)

"""What the cluster shows of a roll-out at one moment, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubernetes import client

from components.publish.cluster.patience import Patience
from components.publish.cluster.progress import DeploymentState
from components.publish.cluster.revision import REVISION, Expected

DEPLOYMENT_LABEL = "seldon-deployment-id"
"""The label that everything has that the operator makes for a SeldonDeployment."""

_PAST_DEADLINE = "ProgressDeadlineExceeded"


def read_deployments(
    api: client.AppsV1Api, namespace: str, name: str, wanted: Sequence[Expected], patience: Patience
) -> list[DeploymentState]:
    """The Deployments that the operator made for a SeldonDeployment, and has not taken away."""
    found = patience.call(
        f"listing the Deployments of {namespace}/{name}",
        api.list_namespaced_deployment,
        namespace,
        label_selector=f"{DEPLOYMENT_LABEL}={name}",
    )
    predictors = sorted((item.predictor for item in wanted), key=len, reverse=True)
    plain = client.ApiClient().sanitize_for_serialization
    return [deployment_state(plain(item), name, predictors) for item in found.items]


def deployment_state(document: Mapping[str, Any], owner: str, predictors: Sequence[str]) -> DeploymentState:
    """A Deployment as its roll-out is judged; what its status leaves out is 0.

    The operator calls it `<owner>-<predictor>-<position>-<pod>`; one of no predictor that is listed has
    the predictor "".
    """
    metadata, specification, status = document["metadata"], document["spec"], document.get("status", {})
    template = specification["template"]["metadata"].get("annotations", {})
    rest = metadata["name"].removeprefix(f"{owner}-")
    late = [
        condition for condition in status.get("conditions", []) if condition.get("reason") == _PAST_DEADLINE
    ]
    return DeploymentState(
        name=metadata["name"],
        predictor=next((name for name in predictors if rest.startswith(f"{name}-")), ""),
        revision=template.get(REVISION),
        generation=metadata["generation"],
        observed_generation=status.get("observedGeneration", 0),
        wanted=specification.get("replicas", 1),
        replicas=status.get("replicas", 0),
        updated=status.get("updatedReplicas", 0),
        available=status.get("availableReplicas", 0),
        past_deadline=f"{_PAST_DEADLINE}: {late[0].get('message', 'no progress')}" if late else None,
        late_since=late[0].get("lastUpdateTime") if late else None,
    )

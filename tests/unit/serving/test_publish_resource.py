"""What is put back of a SeldonDeployment, whose fields were taken, whose a Deployment is."""

from typing import Any

import pytest
import urllib3
from kubernetes.client.exceptions import ApiException

from components.publish.cluster.patience import passes
from components.publish.cluster.resource import kept, others
from components.publish.cluster.snapshot import deployment_state

CURRENT: dict[str, Any] = {
    "apiVersion": "machinelearning.seldon.io/v1",
    "kind": "SeldonDeployment",
    "metadata": {
        "name": "parcels",
        "namespace": "ontime",
        "uid": "1",
        "resourceVersion": "7",
        "generation": 3,
        "labels": {"app.kubernetes.io/name": "ontime"},
        "annotations": {"ontime/model-hash": "aa", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "managedFields": [
            {"manager": "ontime-publish", "operation": "Apply", "fieldsV1": {"f:spec": {}}},
            {"manager": "kubectl-edit", "operation": "Update", "time": "noon", "fieldsV1": {"f:spec": {}}},
            {"manager": "operator", "operation": "Update", "fieldsV1": {"f:status": {}}},
        ],
    },
    "spec": {"predictors": []},
    "status": {"state": "Available"},
}


def test_what_is_put_back_is_what_was_asked_for_and_nothing_that_the_cluster_wrote() -> None:
    assert kept(CURRENT) == {
        "apiVersion": "machinelearning.seldon.io/v1",
        "kind": "SeldonDeployment",
        "metadata": {
            "name": "parcels",
            "namespace": "ontime",
            "labels": {"app.kubernetes.io/name": "ontime"},
            "annotations": {"ontime/model-hash": "aa"},
        },
        "spec": {"predictors": []},
    }


def test_who_else_wrote_the_specification_is_named() -> None:
    assert others(CURRENT) == ("kubectl-edit (Update, noon)",)


def deployment(name: str, **status: Any) -> dict[str, Any]:
    template = {"metadata": {"annotations": {"ontime-publish/revision": "bb"}}}
    return {
        "metadata": {"name": name, "generation": 2},
        "spec": {"replicas": 2, "template": template},
        "status": status,
    }


def test_a_deployment_belongs_to_the_predictor_of_the_longest_name() -> None:
    found = deployment_state(deployment("parcels-default-2-0-graph"), "parcels", ["default-2", "default"])
    assert found.predictor == "default-2"


def test_a_deployment_of_no_listed_predictor_belongs_to_none() -> None:
    found = deployment_state(deployment("parcels-canary-0-graph"), "parcels", ["default"])
    assert found.predictor == ""


def test_what_a_status_leaves_out_is_nothing() -> None:
    found = deployment_state(deployment("parcels-default-0-graph", replicas=2), "parcels", ["default"])
    assert (found.revision, found.wanted, found.replicas, found.updated, found.available) == (
        "bb",
        2,
        2,
        0,
        0,
    )


def test_when_a_deadline_was_missed_is_read() -> None:
    condition = {"reason": "ProgressDeadlineExceeded", "message": "timed out", "lastUpdateTime": "12:00"}
    found = deployment_state(deployment("parcels-default-0-graph", conditions=[condition]), "parcels", [])
    assert (found.past_deadline, found.late_since) == ("ProgressDeadlineExceeded: timed out", "12:00")


def refusal(status: int, message: str = "") -> ApiException:
    error = ApiException(status=status)
    error.body = f'{{"message": "{message}"}}'
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal(503), True),
        (refusal(429), True),
        (refusal(500, "failed calling webhook vsd: connection refused"), True),
        (refusal(500, "something else"), False),
        (refusal(403, "admission webhook vsd denied the request"), False),
        (refusal(422), False),
        (urllib3.exceptions.ProtocolError("closed"), True),
        (urllib3.exceptions.SSLError("UNEXPECTED_EOF_WHILE_READING"), True),
        (urllib3.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), False),
        (ApiException(status=0, reason="SSLError UNEXPECTED_EOF_WHILE_READING"), True),
        (ApiException(status=0, reason="SSLError CERTIFICATE_VERIFY_FAILED"), False),
        (ValueError(), False),
    ],
    ids=str,
)
def test_a_call_is_tried_again_only_where_that_may_help(error: Exception, expected: bool) -> None:
    assert passes(error) is expected

"""What Kubeflow Pipelines adds to every step, once infra/kubernetes has changed it: nothing about retries."""

from pathlib import Path
from typing import Any

import yaml

KUSTOMIZATION = (
    Path(__file__).parents[3] / "infra" / "kubernetes" / "kubeflow-pipelines" / "kustomization.yaml"
)


def workflow_defaults() -> dict[str, Any]:
    """What our patch puts in the place of upstream's, which is one text and so replaced as a whole."""
    patches = yaml.safe_load(KUSTOMIZATION.read_text(encoding="utf-8"))["patches"]
    [controller] = [
        document
        for document in (yaml.safe_load(patch["patch"]) for patch in patches)
        if document["metadata"]["name"] == "workflow-controller-configmap"
    ]
    return dict(yaml.safe_load(controller["data"]["workflowDefaults"]))


def test_no_step_is_given_a_retry_policy_that_it_did_not_ask_for() -> None:
    assert workflow_defaults()["spec"].keys() & {"templateDefaults", "retryStrategy"} == set()

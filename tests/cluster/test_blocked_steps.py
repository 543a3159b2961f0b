"""What following a run says of a step that can never start is what a real scheduler and kubelet say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kubernetes import watch

from pipelines.submission.pods import NODE_NAME, RUN_LABEL, Blockage, Pods
from tests.examples.cluster.hardened import Document, hardened
from tests.examples.cluster.namespace import Namespace

# Later than any trouble of a registry or a scheduler passes in.
LATER = timedelta(minutes=10)


def step_pod(run: str, image: str, limits: dict[str, str] | None = None) -> Document:
    """A pod that is labelled as those of Kubeflow's steps are."""
    pod = hardened(f"training-{run}-system-container-impl-1", image, ["true"])
    pod["metadata"]["labels"] = {RUN_LABEL: run}
    pod["metadata"]["annotations"] = {NODE_NAME: f"training-{run}.root.train.executor"}
    pod["spec"]["containers"][0]["resources"]["limits"] = limits or {}
    return pod


def changes(namespace: Namespace, run: str) -> Iterator[Any]:
    """One item for every change of a run's pods, for two minutes."""
    return watch.Watch().stream(
        namespace.core.list_namespaced_pod,
        namespace.name,
        label_selector=f"{RUN_LABEL}={run}",
        timeout_seconds=120,
    )


def lasting(pods: Pods) -> list[Blockage]:
    """What is still told when what is seen now has lasted."""
    now = datetime.now(UTC)
    pods.blocked(now)
    return pods.blocked(now + LATER)


@pytest.mark.parametrize(
    ("run", "image", "limits", "reasons"),
    [
        ("unpulled", "nowhere.invalid/team/ontime:1", {}, {"ErrImagePull", "ImagePullBackOff"}),
        ("misspelt", "nowhere.invalid/Team/ontime:1", {}, {"InvalidImageName"}),
        ("accelerated", "nowhere.invalid/team/ontime:1", {"nvidia.com/gpu": "64"}, {"Unschedulable"}),
    ],
)
def test_a_step_that_can_never_start_is_told_with_kubernetes_reason(
    namespace: Namespace, run: str, image: str, limits: dict[str, str], reasons: set[str]
) -> None:
    namespace.start(step_pod(run, image, limits))
    pods = Pods(namespace.core, namespace.name, run)
    found = next(blocked for _ in changes(namespace, run) if (blocked := lasting(pods)))
    assert (found[0].step, found[0].reason in reasons) == ("train", True)


def test_no_accelerators_are_asked_for_by_a_limit_of_0(namespace: Namespace) -> None:
    namespace.start(step_pod("none", "nowhere.invalid/team/ontime:1", {"nvidia.com/gpu": "0"}))
    scheduled = (
        {item.type: item.status for item in change["object"].status.conditions or []}.get("PodScheduled")
        for change in changes(namespace, "none")
    )
    assert next(status for status in scheduled if status is not None) == "True"

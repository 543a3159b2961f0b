"""Why a step's pod does not start, asked of Kubernetes where its credentials are at hand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import kubernetes
import urllib3.exceptions
from kubernetes.client import ApiException, CoreV1Api
from kubernetes.config import ConfigException

from components.pod_logs import pod_log
from serving.settings import SettingsError

RUN_LABEL = "pipeline/runid"
NODE_NAME = "workflows.argoproj.io/node-name"
CONTAINER = "main"
# Kubernetes that is away must not hold up who follows a run.
TIMEOUT_SECONDS = 10
# What asking again does not change.
REFUSED = {401, 403}

# What does not pass by itself, with how long it may be a passing trouble of a registry or a scheduler.
HOPELESS = {
    "InvalidImageName": 0,
    "ErrImageNeverPull": 0,
    "ErrImagePull": 120,
    "ImagePullBackOff": 120,
    "CreateContainerConfigError": 120,
    "CreateContainerError": 120,
    # A node may still be on its way.
    "Unschedulable": 300,
}
# A kubelet tells of one trouble now with this word, now with that.
SAME = {"ErrImagePull": "ImagePullBackOff"}


@dataclass(frozen=True)
class Blockage:
    """A step whose pod cannot start, with Kubernetes' reason and its own words."""

    step: str
    reason: str
    message: str

    def __str__(self) -> str:
        """The sentence that a person reads."""
        return f"{self.step} cannot start: {self.reason}: {self.message}"


def open_pods(context: str | None = None) -> CoreV1Api | None:
    """The API of Kubernetes as a pod or a kubeconfig reaches it, None where there is neither.

    A context is one of the kubeconfig, also in a pod; raises SettingsError where it has none of that name.
    """
    if context is not None:
        try:
            kubernetes.config.load_kube_config(context=context)
        except ConfigException as error:
            raise SettingsError(f"ONTIME_KFP_CONTEXT (or --context): {error}") from None
        return CoreV1Api()
    try:
        try:
            kubernetes.config.load_incluster_config()
        except ConfigException:
            kubernetes.config.load_kube_config()
    except ConfigException:
        return None
    return CoreV1Api()


class Pods:
    """The pods of one run; knows nothing where Kubernetes is not at hand, not reached or does not allow it.

    - `trouble`: why nothing was known at the last look; the next one asks again, but not after a refusal.
    """

    def __init__(self, core: CoreV1Api | None, namespace: str, run_id: str) -> None:
        self._core, self._namespace, self._run_id = core, namespace, run_id
        self.trouble: str | None = None
        self._refused = False
        self._since: dict[tuple[str, str], datetime] = {}

    def blocked(self, now: datetime | None = None) -> list[Blockage]:
        """The steps that cannot start, and could not for longer than such a trouble passes in.

        How long is counted from the look that saw it first: a pod may wait for other things before.
        """
        instant = now or datetime.now(UTC)
        found = [
            ((pod.metadata.name, SAME.get(reason, reason)), Blockage(step_name(pod), reason, message))
            for pod in self._pods()
            for reason, message in _reasons(pod)
            if reason in HOPELESS
        ]
        if self.trouble is None:
            self._since = {key: self._since.get(key, instant) for key, _ in found}
        return [
            blockage
            for key, blockage in found
            if (instant - self._since[key]).total_seconds() >= HOPELESS[blockage.reason]
        ]

    def log(self, step: str) -> str | None:
        """The log of a step's latest pod, None where the pod or the log is no longer there."""
        pods = [pod for pod in self._pods() if step_name(pod) == step]
        if not pods:
            return None
        latest = max(pods, key=lambda pod: pod.metadata.creation_timestamp)
        return pod_log(
            self._core,
            latest.metadata.name,
            self._namespace,
            container=CONTAINER,
            _request_timeout=TIMEOUT_SECONDS,
        )

    def _pods(self) -> Iterable[Any]:
        if self._core is None or self._refused:
            return ()
        selector = f"{RUN_LABEL}={self._run_id}"
        try:
            found = self._core.list_namespaced_pod(
                self._namespace, label_selector=selector, _request_timeout=TIMEOUT_SECONDS
            )
        except ApiException as error:
            self.trouble = f"Kubernetes does not show the pods of {self._namespace} ({error.status})"
            self._refused = error.status in REFUSED
        except urllib3.exceptions.HTTPError:
            self.trouble = "Kubernetes is not reached"
        else:
            self.trouble = None
            return found.items
        return ()


def step_name(pod: Any) -> str:
    """The step that a pod belongs to: `training-x.root.train.executor` is of `train`.

    Where the workflow's controller retries by default, every part ends with the number of its attempt:
    `training-x(0).root(0).train(0).executor(0)`.
    """
    path = (pod.metadata.annotations or {}).get(NODE_NAME, pod.metadata.name).split(".")
    names = [part.partition("(")[0] for part in path]
    return names[-2] if names[-1] == "executor" and len(names) > 1 else names[-1]


def _reasons(pod: Any) -> Iterator[tuple[str, str]]:
    for condition in pod.status.conditions or []:
        if condition.type == "PodScheduled" and condition.status == "False":
            yield condition.reason, _one_line(condition.message)
    containers = [*(pod.status.init_container_statuses or []), *(pod.status.container_statuses or [])]
    for status in containers:
        waiting = status.state.waiting if status.state else None
        if waiting is not None and waiting.reason:
            yield waiting.reason, _one_line(waiting.message)


def _one_line(message: str | None) -> str:
    return " ".join((message or "").split())

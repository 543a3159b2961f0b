"""Reads from the cluster what `evidence` is made of; what cannot be had is said in its place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components.publish.cluster.evidence import (
    LOG_LINES,
    ContainerState,
    Evidence,
    unwell_containers,
    unwell_pod,
    warnings,
)
from components.publish.cluster.failures import ClusterCallError
from components.publish.cluster.resource import Resource
from components.publish.cluster.revision import REVISION
from components.publish.cluster.snapshot import DEPLOYMENT_LABEL

MOST_CONTAINERS = 6


def collect(resource: Resource, revisions: Sequence[str | None], since: datetime) -> Evidence:
    """The evidence about the pods of these revisions; never raises for what the cluster does not tell."""
    core = client.CoreV1Api(resource.connection.client)
    plain = client.ApiClient().sanitize_for_serialization
    try:
        pods = resource.patience.call(
            "listing pods",
            core.list_namespaced_pod,
            resource.namespace,
            label_selector=f"{DEPLOYMENT_LABEL}={resource.name}",
        )
        events = resource.patience.call("listing events", core.list_namespaced_event, resource.namespace)
    except (ClusterCallError, ApiException) as error:
        return Evidence(events=(f"the cluster tells no more: {error}",))
    new = [pod for pod in map(plain, pods.items) if _revision(pod) in revisions]
    containers = [item for pod in new for item in unwell_containers(pod)][:MOST_CONTAINERS]
    return Evidence(
        pods=tuple(line for line in map(unwell_pod, new) if line),
        containers=tuple(_with_log(core, resource, item) for item in containers),
        events=warnings([plain(event) for event in events.items], [resource.name], since),
    )


def _revision(pod: dict[str, Any]) -> str | None:
    revision: str | None = pod["metadata"].get("annotations", {}).get(REVISION)
    return revision


def _with_log(core: client.CoreV1Api, resource: Resource, item: ContainerState) -> ContainerState:
    """The container with its last lines: of the run before where it runs again."""
    choices = (True, False) if item.running and item.restarts else (False,)
    for previous in choices:
        try:
            text = resource.patience.call(
                "reading a log",
                _log_text,
                core,
                item.pod,
                resource.namespace,
                container=item.container,
                previous=previous,
                tail_lines=LOG_LINES,
            )
        except (ClusterCallError, ApiException):
            continue  # A container that never ran has no log; its reason says so.
        # The kubelet says so, with status 200, once it has cleared the run before away.
        if not text.startswith("unable to retrieve container logs"):
            return replace(item, log=tuple(line for line in text.splitlines() if line.strip()))
    return item


def _log_text(core: client.CoreV1Api, pod: str, namespace: str, **options: Any) -> str:
    """The log, whatever bytes a container wrote: the client itself takes them all for UTF-8."""
    answer = core.read_namespaced_pod_log(pod, namespace, _preload_content=False, **options)
    return str(answer.data.decode(errors="replace"))

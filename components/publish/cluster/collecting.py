"""Reads from the cluster what `evidence` is made of; what cannot be had is said in its place."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components.pod_logs import pod_log
from components.publish.cluster.evidence import (
    LOG_LINES,
    ContainerState,
    Evidence,
    unwell_containers,
    unwell_pod,
    warnings,
)
from components.publish.cluster.failures import ClusterCallError
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Resource
from components.publish.cluster.revision import REVISION
from components.publish.cluster.snapshot import DEPLOYMENT_LABEL

MOST_CONTAINERS = 6
# What served before waits to be put back meanwhile, and one call must end before the Lease does.
PATIENCE_SECONDS = 5.0
LOGS_SECONDS = 30.0

Ask = Callable[..., Any]


def collect(
    resource: Resource, revisions: Sequence[str | None], since: datetime, each_time: Callable[[], None]
) -> Evidence:
    """The evidence about the pods of these revisions; never raises for what the cluster does not tell.

    `each_time` is called before every question to the API server.
    """
    core, apps = client.CoreV1Api(resource.connection.client), client.AppsV1Api(resource.connection.client)
    namespace, ours = resource.namespace, {"label_selector": f"{DEPLOYMENT_LABEL}={resource.name}"}
    patience = Patience(min(PATIENCE_SECONDS, resource.patience.seconds))

    def ask(doing: str, function: Ask, *arguments: Any, **options: Any) -> Any:
        each_time()
        return patience.call(doing, function, *arguments, **options)

    try:
        pods = ask("listing pods", core.list_namespaced_pod, namespace, **ours).items
        deployments = ask("listing Deployments", apps.list_namespaced_deployment, namespace, **ours).items
        events = ask("listing events", core.list_namespaced_event, namespace).items
    except (ClusterCallError, ApiException) as error:
        return Evidence(events=(f"the cluster tells no more: {error}",))
    plain = client.ApiClient().sanitize_for_serialization
    new = [pod for pod in map(plain, pods) if _revision(pod) in revisions]
    containers = [item for pod in new for item in unwell_containers(pod)][:MOST_CONTAINERS]
    made = [item.metadata.name for item in (*deployments, *pods)]
    until = time.monotonic() + LOGS_SECONDS
    return Evidence(
        pods=tuple(line for line in map(unwell_pod, new) if line),
        containers=tuple(
            _with_log(core, ask, namespace, item) if time.monotonic() < until else item for item in containers
        ),
        events=warnings([plain(event) for event in events], resource.name, made, since),
    )


def _revision(pod: dict[str, Any]) -> str | None:
    revision: str | None = pod["metadata"].get("annotations", {}).get(REVISION)
    return revision


def _with_log(core: client.CoreV1Api, ask: Ask, namespace: str, item: ContainerState) -> ContainerState:
    """The container with its last lines: of the run that ended, unless it is in its first.

    What waited or had ended when it was listed may run again by now, and have no word to say yet.
    """
    choices = (False, True) if item.ended else (True, False) if item.restarts else (False,)
    for previous in choices:
        options = {"container": item.container, "previous": previous, "tail_lines": LOG_LINES}
        try:
            text = ask("reading a log", pod_log, core, item.pod, namespace, **options)
        except (ClusterCallError, ApiException):
            continue  # A container that never ran has no log; its reason says so.
        if text and not text.isspace():
            return replace(item, log=tuple(line for line in text.splitlines() if line.strip()))
    return item

"""The log of a step: of its pod, where Kubernetes is at hand, else as Kubeflow itself hands it out."""

import re
from typing import Any

import requests
import urllib3.exceptions
from kubernetes.client import ApiException

from pipelines.submission.errors import KubeflowError, UnreachableError
from pipelines.submission.pods import Pods
from pipelines.submission.settings import KubeflowSettings
from pipelines.submission.state import POD_NODE, task_details

# The template of the pods of all steps; nothing that we place asks for another.
TEMPLATE = "system-container-impl"
# The dashboard's way, which finds archived logs too, and the API's own.
DASHBOARD = "/k8s/pod/logs?podname={pod}&runid={run}&podnamespace={namespace}"
API = "/apis/v1alpha1/runs/{run}/nodes/{pod}/log"
TIMEOUT_SECONDS = 30
# How the API begins an error, which it sends with the status 200.
ERROR = '{"error_message"'


def step_log(settings: KubeflowSettings, run: Any, step: str, pods: Pods) -> str:
    """The whole log of a run's step.

    Raises:
        KubeflowError: The step has no pod, or nobody has its log.
    """
    found = _from_kubernetes(pods, step)
    if found is not None:
        return found
    pod = pod_name(run, step)
    if pod is None:
        raise KubeflowError(f"{step} has no log in run {run.run_id}: it has not run, or came from the cache")
    unreached = []
    for address, path in ((settings.dashboard_address, DASHBOARD), (settings.address, API)):
        filled = path.format(run=run.run_id, pod=pod, namespace=settings.steps_namespace)
        try:
            found = _from_kubeflow(settings, address, filled)
        except UnreachableError as error:
            unreached.append(error)
            continue
        if found is not None:
            return found
    if unreached:
        raise unreached[0]
    raise KubeflowError(f"{settings.dashboard_address} does not hand out the log of {step} (pod {pod})")


def pod_name(run: Any, step: str) -> str | None:
    """The pod of a step's last attempt: its node is the workflow's name and a number, which the pod shares.

    Where the controller retries by default, a step's node has a node for every attempt instead of its pod.
    """
    details = [detail for detail in task_details(run) if detail.child_tasks]
    nodes = [
        node.pod_name for detail in details if detail.display_name == step for node in detail.child_tasks
    ]
    attempts = {
        node.pod_name for detail in details if detail.display_name == POD_NODE for node in detail.child_tasks
    }
    if any(_is_attempt(detail.display_name, step) for detail in task_details(run)):
        tried = [_attempt(node, number) for node in nodes for number in range(len(attempts))]
        nodes = [node for node in tried if node in attempts][-1:]
    if not nodes:
        return None
    workflow, _, number = nodes[0].rpartition("-")
    return f"{workflow}-{TEMPLATE}-{number}"


def _is_attempt(name: str | None, step: str) -> bool:
    return re.fullmatch(rf"{re.escape(step)}\(\d+\)", name or "") is not None


def _attempt(node: str, number: int) -> str:
    """The node of an attempt below this one: a node's number is the FNV-1a of its name, which goes on so."""
    workflow, _, hashed = node.rpartition("-")
    state = int(hashed)
    for byte in f".{POD_NODE}({number})".encode():
        state = (state ^ byte) * 0x01000193 % 2**32
    return f"{workflow}-{state}"


def _from_kubernetes(pods: Pods, step: str) -> str | None:
    try:
        return pods.log(step)
    except (ApiException, urllib3.exceptions.HTTPError):
        # The pod is gone, its log not ours to read, or its node not reached; Kubeflow may still have it.
        return None


def _from_kubeflow(settings: KubeflowSettings, address: str, path: str) -> str | None:
    verify = str(settings.ca_file) if settings.ca_file else True
    try:
        answer = requests.get(
            address + path, headers=_headers(settings), timeout=TIMEOUT_SECONDS, verify=verify
        )
    except requests.RequestException as error:
        raise UnreachableError(f"{address} is not reached: {type(error).__name__}") from None
    # Without a charset in the header requests would take it for Latin-1.
    text = answer.content.decode(errors="replace")
    page = "html" in answer.headers.get("Content-Type", "")
    return None if not answer.ok or page or text.startswith(ERROR) else text


def _headers(settings: KubeflowSettings) -> dict[str, str]:
    headers = {}
    path = settings.credentials_path
    if settings.token is not None:
        headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
    elif path is not None:
        headers["Authorization"] = f"Bearer {path.read_text(encoding='utf-8').strip()}"
    if settings.cookies is not None:
        headers["Cookie"] = settings.cookies.get_secret_value()
    return headers

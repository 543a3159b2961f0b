"""What a pod of a predictor holds: its containers and volumes, and how they start, live and end."""

from urllib.parse import urlsplit

from serving.deployment.container import SCRATCH_VOLUME, container, http_probe
from serving.deployment.engine import executor, selected_by
from serving.deployment.environment import fetch_variables, monitor_variables, node_variables
from serving.deployment.graph import NODES, SHADOW, Document, Node, node_ports
from serving.deployment.model import PublishedModel
from serving.deployment.scaling import scaling, topology_spread
from serving.deployment.settings import DeploymentSettings

# With a name of its own, what the operator makes is not called by the names of all containers in a row.
POD_NAME = "graph"
# The user that the operator chooses where none is given.
USER = 8888
MODEL_VOLUME = "model-directory"
MODEL_MOUNT = "/srv/ontime"
# Below the mount, so that the fetch can write beside it and move.
MODEL_DIRECTORY = f"{MODEL_MOUNT}/model"
SPOOL_VOLUME = "monitor-spool"
SPOOL_DIRECTORY = "/var/spool/ontime"
# Azure gives the service account's identity to pods with this label; the other clouds give it to all.
AZURE_IDENTITY = "azure.workload.identity/use"


def component(predictor: str, model: PublishedModel, settings: DeploymentSettings) -> Document:
    """The one component of a predictor: its pod template and how that is scaled."""
    return {
        "metadata": {"name": POD_NAME, "labels": _labels(predictor, model, settings)},
        **scaling(predictor, settings),
        "spec": pod(predictor, model, settings),
    }


def pod(predictor: str, model: PublishedModel, settings: DeploymentSettings) -> Document:
    """The pod: fetch once, then the monitor, then the nodes and, if it is our own, the executor."""
    containers = [_node(node, model, settings) for node in NODES]
    if settings.engine == "own":
        containers.append(executor(predictor, settings))
    document: Document = {
        "terminationGracePeriodSeconds": settings.timing.termination_grace,
        # A Service called `ontime-…` would plant variables that look like our settings.
        "enableServiceLinks": False,
        # Nothing here speaks to Kubernetes; what a cloud gives an identity with, it mounts itself.
        "automountServiceAccountToken": False,
        "securityContext": _pod_security(),
        "initContainers": [_fetch(model, settings), _monitor(predictor, model, settings)],
        "containers": containers,
        "volumes": _volumes(settings),
    }
    if settings.service_account is not None:
        document["serviceAccountName"] = settings.service_account
    if spread := topology_spread(settings.spread, selected_by(predictor, settings)):
        document["topologySpreadConstraints"] = spread
    return document


def _labels(predictor: str, model: PublishedModel, settings: DeploymentSettings) -> dict[str, str]:
    labels = {**common_labels(settings), "app.kubernetes.io/component": "serving"}
    if settings.engine == "own":
        labels |= selected_by(predictor, settings)
    if settings.service_account and urlsplit(model.location).scheme == "az":
        labels[AZURE_IDENTITY] = "true"
    return labels


def common_labels(settings: DeploymentSettings) -> dict[str, str]:
    """The labels of everything that belongs to the deployment."""
    return {
        "app.kubernetes.io/name": "ontime",
        "app.kubernetes.io/instance": settings.name,
        "app.kubernetes.io/part-of": "ontime",
    }


def _volumes(settings: DeploymentSettings) -> list[Document]:
    sizes = settings.volumes
    limits = {MODEL_VOLUME: sizes.model, SPOOL_VOLUME: sizes.spool, SCRATCH_VOLUME: sizes.scratch}
    return [{"name": name, "emptyDir": {"sizeLimit": limit}} for name, limit in limits.items()]


def _pod_security() -> Document:
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _fetch(model: PublishedModel, settings: DeploymentSettings) -> Document:
    """The init container that brings the model directory, once for all."""
    command = ["python", "-m", "serving.fetch"]
    document = container("fetch", settings.serving_image, command, settings.resources.fetch)
    document["env"] = fetch_variables(model, settings, MODEL_DIRECTORY)
    if settings.store_secret is not None:
        document["envFrom"] = [{"secretRef": {"name": settings.store_secret}}]
    document["volumeMounts"].append({"name": MODEL_VOLUME, "mountPath": MODEL_MOUNT})
    return document


def _monitor(predictor: str, model: PublishedModel, settings: DeploymentSettings) -> Document:
    """The sink of the request logger, a native side-car, so it outlives the executor that empties its queue.

    It has no readiness probe: predictions go on where the watching is in trouble.
    """
    command = ["python", "-m", "serving.monitor"]
    port = settings.ports.monitor
    document = container("monitor", settings.serving_image, command, settings.resources.monitor)
    document |= {
        "restartPolicy": "Always",
        "env": monitor_variables(
            model, settings, MODEL_DIRECTORY, SPOOL_DIRECTORY, shadow=predictor == SHADOW
        ),
        "ports": [{"name": "monitor", "containerPort": port, "protocol": "TCP"}],
        "startupProbe": http_probe("/healthz", port, period=1, failures=settings.timing.start),
        "livenessProbe": http_probe("/healthz", port, period=10, failures=3),
    }
    document["volumeMounts"] += [
        {"name": MODEL_VOLUME, "mountPath": MODEL_MOUNT, "readOnly": True},
        {"name": SPOOL_VOLUME, "mountPath": SPOOL_DIRECTORY},
    ]
    return document


def _node(node: Node, model: PublishedModel, settings: DeploymentSettings) -> Document:
    """A node of the graph, under its server."""
    command = ["python", "-m", "serving.node", node.name]
    ports = node_ports(node, settings.ports)
    timing = settings.timing
    document = container(node.name, settings.serving_image, command, getattr(settings.resources, node.name))
    document |= {
        "env": node_variables(node, model, settings, MODEL_DIRECTORY),
        "ports": [
            {"name": "http", "containerPort": ports.http, "protocol": "TCP"},
            {"name": "grpc", "containerPort": ports.grpc, "protocol": "TCP"},
            {"name": "metrics", "containerPort": ports.metrics, "protocol": "TCP"},
        ],
        "startupProbe": http_probe("/health/status", ports.http, period=1, failures=timing.start),
        "readinessProbe": http_probe("/health/status", ports.http, period=2, failures=3),
        # A node whose store is away is not ready; starting it again would not bring the store back.
        "livenessProbe": http_probe("/health/ping", ports.http, period=10, failures=3),
        # The executor accepts until its delay is over, and what it then accepted still needs the nodes.
        "lifecycle": {
            "preStop": {"exec": {"command": ["sleep", str(timing.shutdown_delay + timing.request)]}}
        },
    }
    document["volumeMounts"].append({"name": MODEL_VOLUME, "mountPath": MODEL_MOUNT, "readOnly": True})
    return document

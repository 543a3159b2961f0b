"""The executor, which walks the graph: a container of our own in place of the operator's.

The operator adds no executor where the pod has a container of this name. Ours is ready in half the time,
goes on accepting requests while an ending pod is taken out of its Service (the operator's loses them), and
is allowed under the restricted Pod Security Standard. The operator does not promise any of this, which is
why its own can be chosen instead.
"""

import base64
import json

from serving.deployment.container import container, http_probe, quantities
from serving.deployment.graph import Document, graph
from serving.deployment.settings import DeploymentSettings, Ports

EXECUTOR = "seldon-container-engine"
# The operator adds this volume; without the mount the executor sees no annotation, such as a time-out.
POD_INFORMATION = {"name": "seldon-podinfo", "mountPath": "/etc/podinfo"}
LOG_QUEUE = 10000
LOG_WRITE_TIMEOUT_MS = 2000


def selected_by(predictor: str, settings: DeploymentSettings) -> dict[str, str]:
    """The label by which a predictor's Service selects; the operator sets it with its own executor only."""
    return {"seldon-app": f"{settings.name}-{predictor}"}


def executor(predictor: str, settings: DeploymentSettings) -> Document:
    """Our own executor container in the pods of a predictor."""
    ports = settings.ports
    resources = settings.resources.executor
    document = container(EXECUTOR, settings.executor_image, ["/executor"], resources)
    document |= {
        "args": [
            *executor_arguments(settings.name, settings.namespace, predictor, ports),
            "--shutdown_delay",
            f"{settings.timing.shutdown_delay}s",
        ],
        "env": [{"name": "ENGINE_PREDICTOR", "value": engine_predictor(predictor, settings)}],
        "ports": [
            {"name": "http", "containerPort": ports.rest, "protocol": "TCP"},
            {"name": "grpc", "containerPort": ports.grpc, "protocol": "TCP"},
        ],
        "readinessProbe": http_probe("/ready", ports.rest, period=2, failures=3),
        "livenessProbe": http_probe("/live", ports.rest, period=10, failures=3),
    }
    document["volumeMounts"].append(dict(POD_INFORMATION))
    return document


def engine_predictor(predictor: str, settings: DeploymentSettings) -> str:
    """A predictor as the executor reads it: the base64 of its JSON, with the endpoint of every node."""
    document = {"name": predictor, "graph": graph(settings.ports, endpoints=True)}
    return base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


def operator_engine(settings: DeploymentSettings) -> Document:
    """What the operator is told of the executor that it adds."""
    return {"resources": quantities(settings.resources.executor)}


def operator_annotations() -> dict[str, str]:
    """The annotations of the deployment from which the operator sets its executor's request logger."""
    return {
        "seldon.io/executor-logger-queue-size": str(LOG_QUEUE),
        "seldon.io/executor-logger-write-timeout-ms": str(LOG_WRITE_TIMEOUT_MS),
    }


def executor_arguments(deployment: str, namespace: str, predictor: str, ports: Ports) -> list[str]:
    """What the operator tells its own executor, and we tell ours."""
    arguments = {
        "sdep": deployment,
        "namespace": namespace,
        "predictor": predictor,
        "http_port": str(ports.rest),
        "grpc_port": str(ports.grpc),
        "protocol": "seldon",
        "prometheus_path": "/prometheus",
        "log_work_buffer_size": str(LOG_QUEUE),
        "log_write_timeout_ms": str(LOG_WRITE_TIMEOUT_MS),
    }
    return [part for name, value in arguments.items() for part in (f"--{name}", value)]

"""What Seldon's operator adds to a pod that was published: variables, and the executor where it has none."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from serving.deployment.engine import EXECUTOR, LOG_QUEUE, LOG_WRITE_TIMEOUT_MS
from serving.local.plan import ContainerPlan, PodPlan, Probe, Role, UnrunnableManifestError, reading

REST_PORT, GRPC_PORT = 8000, 5001
METRICS_PATH = "/prometheus"


@reading()
def completed(plan: PodPlan) -> PodPlan:
    """The pod as the operator would run it; raises UnrunnableManifestError where a node has no container."""
    nodes = {node["name"]: node for node in _nodes(plan.graph)}
    containers = tuple(
        _with_variables(container, plan, nodes[container.name]) if container.name in nodes else container
        for container in plan.containers
    )
    if plan.container(EXECUTOR) is None:
        containers = (*containers, _executor(plan))
    return replace(plan, containers=containers)


def _nodes(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node, *(below for child in node.get("children", []) for below in _nodes(child))]


def _with_variables(container: ContainerPlan, plan: PodPlan, node: Mapping[str, Any]) -> ContainerPlan:
    added = unit_variables(plan.deployment, plan.predictor, node, container.image, container.ports)
    return replace(container, variables={**added, **container.variables})


def unit_variables(
    deployment: str, predictor: str, node: Mapping[str, Any], image: str, ports: Mapping[str, int]
) -> dict[str, str]:
    """What the container of a node is told in variables."""
    variables = {
        "PREDICTIVE_UNIT_ID": str(node["name"]),
        "PREDICTIVE_UNIT_IMAGE": image,
        "PREDICTIVE_UNIT_PARAMETERS": json.dumps(node.get("parameters", [])),
        "PREDICTIVE_UNIT_SERVICE_PORT": str(ports["http"]),
        "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": str(ports["http"]),
        "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(ports["grpc"]),
        "PREDICTOR_ID": predictor,
        "SELDON_DEPLOYMENT_ID": deployment,
        "SELDON_EXECUTOR_ENABLED": "true",
    }
    if "metrics" in ports:
        variables["PREDICTIVE_UNIT_METRICS_SERVICE_PORT"] = str(ports["metrics"])
        variables["PREDICTIVE_UNIT_METRICS_ENDPOINT"] = METRICS_PATH
    return variables


def _executor(plan: PodPlan) -> ContainerPlan:
    graph = _with_endpoints(plan.graph, plan)
    predictor = json.dumps({"name": plan.predictor, "graph": graph}).encode()
    arguments = {
        "sdep": plan.deployment,
        "namespace": plan.namespace,
        "predictor": plan.predictor,
        "http_port": str(REST_PORT),
        "grpc_port": str(GRPC_PORT),
        "protocol": "seldon",
        "prometheus_path": METRICS_PATH,
        "log_work_buffer_size": str(LOG_QUEUE),
        "log_write_timeout_ms": str(LOG_WRITE_TIMEOUT_MS),
    }
    return ContainerPlan(
        name=EXECUTOR,
        role=Role.MAIN,
        image=EXECUTOR,
        command=("/executor", *(part for name, value in arguments.items() for part in (f"--{name}", value))),
        variables={"ENGINE_PREDICTOR": base64.b64encode(predictor).decode()},
        ports={"http": REST_PORT, "grpc": GRPC_PORT},
        readiness=Probe(REST_PORT, "/ready", 60),
    )


def _with_endpoints(node: Mapping[str, Any], plan: PodPlan) -> dict[str, Any]:
    container = plan.container(node["name"])
    if container is None:
        raise UnrunnableManifestError(f"node {node['name']} has no container")
    endpoint = {
        "service_host": "localhost",
        "service_port": container.ports["http"],
        "httpPort": container.ports["http"],
        "grpcPort": container.ports["grpc"],
    }
    children = [_with_endpoints(child, plan) for child in node.get("children", [])]
    return {**node, "endpoint": endpoint, "children": children}

"""What Seldon's operator adds to a pod that was published: variables, and the executor where it has none."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace

from serving.deployment.engine import EXECUTOR, executor_arguments
from serving.deployment.graph import Document, endpoint
from serving.deployment.settings import Ports
from serving.deployment.walk import nodes_below
from serving.local.plan import ContainerPlan, PodPlan, Probe, Role, UnrunnableManifestError, reading

# The operator's executor listens where ours does unless told otherwise.
PORTS = Ports()
METRICS_PATH = "/prometheus"


@reading()
def completed(plan: PodPlan) -> PodPlan:
    """The pod as the operator would run it; raises UnrunnableManifestError where a node has no container."""
    nodes = {node["name"]: node for node in nodes_below(plan.graph)}
    containers = tuple(
        _with_variables(container, plan, nodes[container.name]) if container.name in nodes else container
        for container in plan.containers
    )
    if plan.container(EXECUTOR) is None:
        containers = (*containers, _executor(plan))
    return replace(plan, containers=containers)


def _with_variables(container: ContainerPlan, plan: PodPlan, node: Document) -> ContainerPlan:
    added = unit_variables(plan.deployment, plan.predictor, node, container.image, container.ports)
    return replace(container, variables={**added, **container.variables})


def unit_variables(
    deployment: str, predictor: str, node: Document, image: str, ports: Mapping[str, int]
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
    arguments = executor_arguments(plan.deployment, plan.namespace, plan.predictor, PORTS)
    return ContainerPlan(
        name=EXECUTOR,
        role=Role.MAIN,
        image=EXECUTOR,
        command=("/executor", *arguments),
        variables={"ENGINE_PREDICTOR": base64.b64encode(predictor).decode()},
        ports={"http": PORTS.rest, "grpc": PORTS.grpc},
        readiness=Probe(PORTS.rest, "/ready", 60),
    )


def _with_endpoints(node: Document, plan: PodPlan) -> Document:
    container = plan.container(node["name"])
    if container is None:
        raise UnrunnableManifestError(f"node {node['name']} has no container")
    children = [_with_endpoints(child, plan) for child in node.get("children", [])]
    found = endpoint(container.ports["http"], container.ports["grpc"])
    return {**node, "endpoint": found, "children": children}

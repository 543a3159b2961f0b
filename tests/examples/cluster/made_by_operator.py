"""What Seldon's operator makes of a SeldonDeployment, as it was seen to do it: plain documents."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from serving.deployment.engine import EXECUTOR
from serving.local.operator import METRICS_PATH, unit_variables

Document = dict[str, Any]
REST_PORT, GRPC_PORT = 8000, 5001


def nodes(graph: Document) -> Iterator[Document]:
    yield graph
    for child in graph.get("children", []):
        yield from nodes(child)


def children(deployment: Document, executor_image: str) -> list[Document]:
    """Everything that the operator makes, owned by the SeldonDeployment."""
    made = [
        item
        for predictor in deployment["spec"]["predictors"]
        for position, component in enumerate(predictor["componentSpecs"])
        for item in _of_component(deployment, predictor, position, component, executor_image)
    ]
    made += [
        service
        for predictor in deployment["spec"]["predictors"]
        for service in _services(deployment, predictor)
    ]
    return made


def _of_component(
    deployment: Document, predictor: Document, position: int, component: Document, executor_image: str
) -> Iterator[Document]:
    name = workload_name(deployment, predictor, position, component)
    yield _workload(name, deployment, predictor, component, executor_image)
    if scaling := component.get("hpaSpec"):
        yield {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": _metadata(name, deployment),
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "minReplicas": scaling.get("minReplicas", 1),
                "maxReplicas": scaling["maxReplicas"],
                "metrics": scaling.get("metricsv2", []),
            },
        }
    if budget := component.get("pdbSpec"):
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": _metadata(name, deployment),
            "spec": {
                **budget,
                "selector": {"matchLabels": {"seldon-deployment-id": deployment["metadata"]["name"]}},
            },
        }


def workload_name(deployment: Document, predictor: Document, position: int, component: Document) -> str:
    containers = "-".join(container["name"] for container in component["spec"]["containers"])
    pod = component.get("metadata", {}).get("name", containers)
    return f"{deployment['metadata']['name']}-{predictor['name']}-{position}-{pod}"


def _workload(
    name: str, deployment: Document, predictor: Document, component: Document, executor_image: str
) -> Document:
    owner = deployment["metadata"]["name"]
    own = {"seldon-deployment-id": owner, "app": name}
    labels = {**predictor.get("labels", {}), **component.get("metadata", {}).get("labels", {}), **own}
    if not any(container["name"] == EXECUTOR for container in component["spec"]["containers"]):
        labels["seldon-app"] = f"{owner}-{predictor['name']}"
    specification: Document = {
        "selector": {"matchLabels": own},
        "progressDeadlineSeconds": predictor.get("progressDeadlineSeconds", 600),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "template": {
            "metadata": {
                "labels": labels,
                "annotations": {
                    **deployment["spec"].get("annotations", {}),
                    **predictor.get("annotations", {}),
                    "prometheus.io/scrape": "true",
                    "prometheus.io/path": METRICS_PATH,
                },
            },
            "spec": _pod(deployment, predictor, component, executor_image),
        },
    }
    if not component.get("hpaSpec"):
        specification["replicas"] = component.get("replicas", predictor.get("replicas", 1))
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(name, deployment),
        "spec": specification,
    }


def _pod(deployment: Document, predictor: Document, component: Document, executor_image: str) -> Document:
    named = {node["name"]: node for node in nodes(predictor["graph"])}
    pod = json.loads(json.dumps(component["spec"]))
    for container in pod["containers"]:
        if container["name"] in named:
            _complete(container, deployment, predictor, named[container["name"]])
    if not any(container["name"] == EXECUTOR for container in pod["containers"]):
        pod["containers"].append(_executor(deployment, predictor, pod, executor_image))
    pod.setdefault("securityContext", {"runAsUser": 8888})
    pod.setdefault("terminationGracePeriodSeconds", 20)
    pod["volumes"] = [*pod.get("volumes", []), POD_INFORMATION]
    return pod


POD_INFORMATION = {
    "name": "seldon-podinfo",
    "downwardAPI": {
        "items": [
            {"path": "annotations", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.annotations"}}
        ],
        "defaultMode": 420,
    },
}


def _complete(container: Document, deployment: Document, predictor: Document, node: Document) -> None:
    """A node's container with the variables, probes and the last wish that it lacks."""
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    variables = unit_variables(
        deployment["metadata"]["name"], predictor["name"], node, container["image"], ports
    )
    given = {variable["name"] for variable in container.get("env", [])}
    container["env"] = [
        *container.get("env", []),
        *({"name": name, "value": value} for name, value in variables.items() if name not in given),
    ]
    probe = {"tcpSocket": {"port": ports["http"]}, "initialDelaySeconds": 20, "periodSeconds": 5}
    container.setdefault("readinessProbe", probe)
    container.setdefault("livenessProbe", {**probe, "initialDelaySeconds": 60})
    container.setdefault("lifecycle", {"preStop": {"exec": {"command": ["/bin/sh", "-c", "/bin/sleep 10"]}}})


def _executor(deployment: Document, predictor: Document, pod: Document, image: str) -> Document:
    """The executor that the operator adds; it listens no longer than until its end is asked for."""
    ports = {
        container["name"]: {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        for container in pod["containers"]
    }
    document = {"name": predictor["name"], "graph": _with_endpoints(predictor["graph"], ports)}
    arguments = {
        "sdep": deployment["metadata"]["name"],
        "namespace": deployment["metadata"]["namespace"],
        "predictor": predictor["name"],
        "http_port": str(REST_PORT),
        "grpc_port": str(GRPC_PORT),
        "protocol": "seldon",
        "prometheus_path": METRICS_PATH,
    }
    return {
        "name": EXECUTOR,
        "image": image,
        "args": [part for name, value in arguments.items() for part in (f"--{name}", value)],
        "env": [
            {"name": "ENGINE_PREDICTOR", "value": base64.b64encode(json.dumps(document).encode()).decode()}
        ],
        "ports": [
            {"name": "http", "containerPort": REST_PORT, "protocol": "TCP"},
            {"name": "grpc", "containerPort": GRPC_PORT, "protocol": "TCP"},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": REST_PORT}, "initialDelaySeconds": 20},
        "volumeMounts": [{"name": "seldon-podinfo", "mountPath": "/etc/podinfo"}],
        **predictor.get("svcOrchSpec", {}),
    }


def _with_endpoints(node: Document, ports: dict[str, dict[str, int]]) -> Document:
    own = ports[node["name"]]
    endpoint = {
        "service_host": "localhost",
        "service_port": own["http"],
        "httpPort": own["http"],
        "grpcPort": own["grpc"],
    }
    below = [_with_endpoints(child, ports) for child in node.get("children", [])]
    return {**node, "endpoint": endpoint, "children": below}


def _services(deployment: Document, predictor: Document) -> Iterator[Document]:
    name = f"{deployment['metadata']['name']}-{predictor['name']}"
    ports = [("http", REST_PORT), ("grpc", GRPC_PORT)]
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(name, deployment),
        "spec": {
            "type": "ClusterIP",
            "selector": {"seldon-app": name},
            "ports": [{"name": n, "port": p, "targetPort": p, "protocol": "TCP"} for n, p in ports],
        },
    }


def _metadata(name: str, deployment: Document) -> Document:
    owner = deployment["metadata"]
    return {
        "name": name,
        "namespace": owner["namespace"],
        "labels": {"seldon-deployment-id": owner["name"], "app": name},
        "ownerReferences": [
            {
                "apiVersion": deployment["apiVersion"],
                "kind": deployment["kind"],
                "name": owner["name"],
                "uid": owner["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }

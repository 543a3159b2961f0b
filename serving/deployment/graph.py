"""The inference graph: which node calls which, and what the request logger sees."""

from dataclasses import dataclass
from typing import Any, Literal

from serving.deployment.settings import Ports

Document = dict[str, Any]

# The names of the predictors; the Service of each is called <deployment>-<predictor>. The first one answers,
# one of the others may stand beside it.
MAIN, CANARY, SHADOW = "default", "canary", "shadow"


@dataclass(frozen=True)
class Node:
    """A node of the graph; `name` is that of its container."""

    name: Literal["features", "outliers", "model"]
    type: Literal["TRANSFORMER", "MODEL"]


@dataclass(frozen=True)
class NodePorts:
    """Where a node listens inside the pod."""

    http: int
    grpc: int
    metrics: int


# In the order of the calls: from what faces clients to the leaf.
NODES = (Node("features", "TRANSFORMER"), Node("outliers", "TRANSFORMER"), Node("model", "MODEL"))


def node_ports(node: Node, ports: Ports) -> NodePorts:
    """The ports of a node, which are those that the operator would give it."""
    position = NODES.index(node)
    return NodePorts(
        http=ports.node_http + position,
        grpc=ports.node_grpc + position,
        metrics=ports.node_metrics + position,
    )


def monitor_url(ports: Ports) -> str:
    """Where the monitor listens, for everything in its pod."""
    return f"http://localhost:{ports.monitor}"


def graph(ports: Ports, *, endpoints: bool = False) -> Document:
    """The graph as a SeldonDeployment has it; with `endpoints`, as an executor wants it.

    Requests are logged at the leaf only: a node with children would log each of them twice.
    """
    document: Document = {}
    for node in reversed(NODES):
        children = [document] if document else []
        document = {"name": node.name, "type": node.type}
        if endpoints:
            of_node = node_ports(node, ports)
            document["endpoint"] = endpoint(of_node.http, of_node.grpc)
        if children:
            document["children"] = children
        else:
            document["logger"] = {"mode": "all", "url": monitor_url(ports)}
    return document


def endpoint(http: int, grpc: int) -> Document:
    """Where an executor finds a node of its pod."""
    return {"service_host": "localhost", "service_port": http, "httpPort": http, "grpcPort": grpc}

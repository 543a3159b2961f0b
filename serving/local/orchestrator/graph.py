"""The inference graph that the orchestrator walks, as the operator hands it over."""

import base64
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    """What the orchestrator reads of a resource whose other fields concern the operator."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Endpoint(_Part):
    """Where a node listens; readiness is asked at `service_port`."""

    host: str = Field(alias="service_host")
    service_port: int
    http_port: int = Field(alias="httpPort")
    grpc_port: int = Field(alias="grpcPort")


class Logger(_Part):
    """Where a node's requests and answers are logged."""

    mode: Literal["all", "request", "response"] = "all"
    url: str


class Node(_Part):
    """A node and, below it, those that get what it made."""

    name: str
    type: Literal["MODEL", "TRANSFORMER", "OUTPUT_TRANSFORMER", "ROUTER", "COMBINER"]
    endpoint: Endpoint
    logger: Logger | None = None
    # Another server, or other calls than those of the type, which this stand-in would not make.
    implementation: None = None
    methods: None = None
    children: tuple["Node", ...] = ()

    def nodes(self) -> list["Node"]:
        """This node and all below it, parents first."""
        return [self, *(node for child in self.children for node in child.nodes())]


class Predictor(_Part):
    """What `ENGINE_PREDICTOR` says."""

    name: str
    graph: Node
    annotations: dict[str, str] = Field(default_factory=dict)

    @property
    def version(self) -> str:
        """What metrics call the predictor's version."""
        return self.annotations.get("version", "")

    def node(self, name: str) -> Node | None:
        """The node of a name, None where there is none."""
        return next((node for node in self.graph.nodes() if node.name == name), None)


def read_predictor(encoded: str) -> Predictor:
    """Read the base64 of a predictor's JSON.

    Raises:
        ValueError: It is neither, or the graph needs what only the real executor can do.
    """
    return Predictor.model_validate_json(base64.b64decode(encoded, validate=True))

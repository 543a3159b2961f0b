"""What a published SeldonDeployment asks this machine to run: a plain description of its one pod."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import yaml

from serving.deployment.engine import EXECUTOR
from serving.deployment.graph import Document
from serving.deployment.model import MODEL_HASH


class UnrunnableManifestError(ValueError):
    """A manifest that is not there, is none, or asks for what only a cluster has."""


class Role(StrEnum):
    """When a container of a pod starts and ends."""

    INIT = "init"
    """Runs to its end before the next one starts."""
    SIDE_CAR = "side-car"
    """Starts in the order of the init containers and ends after all others."""
    MAIN = "main"
    """Starts once all others have, side by side with its like."""


@dataclass(frozen=True)
class Probe:
    """A question to a container: over HTTP, or only whether the port accepts connections."""

    port: int
    path: str | None
    seconds: float
    """How long it may fail in a row."""


@dataclass(frozen=True)
class ContainerPlan:
    """One container: what to run, in which environment, and how to know that it runs."""

    name: str
    role: Role
    image: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    ports: Mapping[str, int] = field(default_factory=dict)
    startup: Probe | None = None
    readiness: Probe | None = None
    before_end: tuple[str, ...] = ()
    mounts: Mapping[str, str] = field(default_factory=dict)
    """The volume at each path of the container."""


@dataclass(frozen=True)
class PodPlan:
    """A pod: its containers in the order of the manifest, and the seconds that it has to end."""

    deployment: str
    namespace: str
    predictor: str
    model_hash: str
    annotations: Mapping[str, str]
    containers: tuple[ContainerPlan, ...]
    graph: Document
    grace: float

    @property
    def ports(self) -> list[int]:
        """Every port of every container."""
        return [port for container in self.containers for port in container.ports.values()]

    def container(self, name: str) -> ContainerPlan | None:
        """The container of a name, None where there is none."""
        return next((container for container in self.containers if container.name == name), None)


def read_manifest(path: Path) -> str:
    """The text of a published manifest; raises UnrunnableManifestError where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UnrunnableManifestError(
            f"nothing is published at {path}: publish a model first (`make demo` does)"
        ) from error


@contextmanager
def reading() -> Iterator[None]:
    """Say of a manifest that lacks something, or has it in another shape, that it is none of ours."""
    try:
        yield
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, IndexError) as error:
        raise UnrunnableManifestError(f"the manifest is no SeldonDeployment of ours: {error!r}") from error


@reading()
def pod_plan(text: str) -> PodPlan:
    """The pod of a manifest's first predictor; raises UnrunnableManifestError."""
    document = yaml.safe_load(text)
    predictor = document["spec"]["predictors"][0]
    specifications = [component["spec"] for component in predictor["componentSpecs"]]
    return PodPlan(
        deployment=document["metadata"]["name"],
        namespace=document["metadata"].get("namespace", "default"),
        predictor=predictor["name"],
        model_hash=document["metadata"]["annotations"][MODEL_HASH],
        annotations=predictor.get("annotations", {}),
        containers=tuple(plan for pod in specifications for plan in _containers(pod)),
        graph=predictor["graph"],
        grace=max((pod.get("terminationGracePeriodSeconds", 30) for pod in specifications), default=30),
    )


def _containers(pod: Document) -> list[ContainerPlan]:
    inits = [
        _container(item, Role.SIDE_CAR if item.get("restartPolicy") == "Always" else Role.INIT)
        for item in pod.get("initContainers", [])
    ]
    return inits + [_container(item, Role.MAIN) for item in pod["containers"]]


def _container(item: Document, role: Role) -> ContainerPlan:
    ports = {port["name"]: port["containerPort"] for port in item.get("ports", [])}
    before_end = item.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
    if "command" not in item:
        raise UnrunnableManifestError(f"container {item['name']} has no command, only its image knows it")
    return ContainerPlan(
        name=item["name"],
        role=role,
        image=str(item["image"]),
        command=(*item["command"], *item.get("args", [])),
        variables=_variables(item),
        ports=ports,
        startup=_probe(item.get("startupProbe")),
        readiness=_probe(item.get("readinessProbe")),
        before_end=tuple(before_end),
        mounts={mount["mountPath"]: mount["name"] for mount in item.get("volumeMounts", [])},
    )


def _variables(item: Document) -> dict[str, str]:
    if item.get("envFrom") or any("value" not in variable for variable in item.get("env", [])):
        raise UnrunnableManifestError(
            f"container {item['name']} takes variables from a Secret or a ConfigMap, which only a cluster has"
        )
    return {variable["name"]: variable["value"] for variable in item.get("env", [])}


def _probe(item: Document | None) -> Probe | None:
    if item is None:
        return None
    asked = item.get("httpGet") or item.get("tcpSocket")
    if asked is None:
        raise UnrunnableManifestError(f"a probe that is neither httpGet nor tcpSocket: {dict(item)}")
    return Probe(
        port=asked["port"],
        path=asked.get("path"),
        seconds=item.get("periodSeconds", 10) * item.get("failureThreshold", 3),
    )


def is_executor(container: ContainerPlan) -> bool:
    """Whether a container is the one that walks the graph."""
    return container.name == EXECUTOR

"""What a cluster would accept of a SeldonDeployment and then do wrongly, refused before it is applied.

The webhook lets through what later fails at once, loops, or, worse, answers 200 and does nothing. Each
check is a function over the manifest that yields one sentence a fault.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from serving.deployment import images as references
from serving.deployment.cluster_checks import CLUSTER_CHECKS
from serving.deployment.graph import Document
from serving.deployment.walk import all_containers, containers, derived_names, nodes, predictors

Faults = Iterator[str]

# As the executor spells them: any other type is never called, the request comes back as the answer.
NODE_TYPES = ("MODEL", "TRANSFORMER", "OUTPUT_TRANSFORMER", "ROUTER", "COMBINER")
LOGGER_MODES = ("all", "request", "response")
PARAMETER_TYPES = ("INT", "FLOAT", "DOUBLE", "STRING", "BOOL")
# A Service is named after the deployment, and its name begins with a letter.
LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LONGEST_NAME = 63
# The executor is ready after 20 s where the operator adds it, and the nodes need their time too.
SHORTEST_DEADLINE_SECONDS = 60


class InvalidDeploymentError(ValueError):
    """A SeldonDeployment that a cluster would accept and then not serve as meant."""


def check(manifest: Document, target: Literal["local", "cluster"]) -> None:
    """Raise InvalidDeploymentError that says everything that is wrong with the manifest for its target."""
    checks = CHECKS if target == "local" else (*CHECKS, *CLUSTER_CHECKS)
    if faults := [fault for find in checks for fault in find(manifest)]:
        raise InvalidDeploymentError("; ".join(faults))


def node_types(manifest: Document) -> Faults:
    """A node of an unknown type, also in lower case, is never called."""
    for node in nodes(manifest):
        if node.get("type") not in NODE_TYPES:
            yield f"node {node['name']}: type {node.get('type')!r} is none of {', '.join(NODE_TYPES)}"


def logger_modes(manifest: Document) -> Faults:
    """A logger of an unknown mode logs nothing."""
    for node in nodes(manifest):
        mode = node.get("logger", {}).get("mode", "all")
        if mode not in LOGGER_MODES:
            yield f"node {node['name']}: logger mode {mode!r} is none of {', '.join(LOGGER_MODES)}"


def parameters(manifest: Document) -> Faults:
    """A parameter of an unknown type, also in lower case, has the node crash again and again."""
    for node in nodes(manifest):
        for parameter in node.get("parameters", []):
            place = f"node {node['name']}, parameter {parameter['name']}"
            if parameter["type"] not in PARAMETER_TYPES:
                yield f"{place}: type {parameter['type']!r} is none of {', '.join(PARAMETER_TYPES)}"
            if not isinstance(parameter["value"], str):
                yield f"{place}: its value must be a string, it is {parameter['value']!r}"


def names(manifest: Document) -> Faults:
    """A name with a dot or an upper-case letter fails at once; one that is too long becomes a hash."""
    named = [manifest["metadata"]["name"]]
    for predictor in predictors(manifest):
        named += [predictor["name"], *(container["name"] for container in containers(predictor))]
    for name in named:
        if not LABEL.fullmatch(name):
            yield f"the name {name!r} is not of lower-case letters, digits and hyphens, a letter first"
    for name in [manifest["metadata"]["name"], *derived_names(manifest)]:
        if len(name) > LONGEST_NAME:
            yield f"the name {name!r} has {len(name)} characters, more than {LONGEST_NAME}"


def annotations(manifest: Document) -> Faults:
    """One `=` in an annotation's value makes the executor ignore every annotation."""
    sources = [manifest["metadata"], manifest["spec"]]
    for predictor in predictors(manifest):
        sources += [predictor, *(pod.get("metadata", {}) for pod in predictor["componentSpecs"])]
    values = {item for source in sources for item in source.get("annotations", {}).items()}
    for key, value in sorted(values):
        if "=" in value:
            yield f"annotation {key}: its value {value!r} has a '='"


def images(manifest: Document) -> Faults:
    """An image without a fixed tag or digest is another one tomorrow."""
    for image in sorted({container["image"] for container in all_containers(manifest)}):
        if fault := references.fault(image):
            yield fault


def deadlines(manifest: Document) -> Faults:
    """A deadline within the start-up time fails every roll-out."""
    for predictor in predictors(manifest):
        seconds = predictor.get("progressDeadlineSeconds")
        if seconds is None or seconds < SHORTEST_DEADLINE_SECONDS:
            yield (
                f"predictor {predictor['name']}: progressDeadlineSeconds is {seconds}, "
                f"less than {SHORTEST_DEADLINE_SECONDS}"
            )


def ports(manifest: Document) -> Faults:
    """Containers of a pod share their ports: the second to ask for one cannot start."""
    for predictor in predictors(manifest):
        taken: dict[int, str] = {}
        for container in containers(predictor):
            for port in container.get("ports", []):
                holder = taken.setdefault(port["containerPort"], container["name"])
                if holder != container["name"]:
                    yield f"port {port['containerPort']} is that of {holder} and of {container['name']}"


CHECKS: tuple[Callable[[Document], Faults], ...] = (
    node_types,
    logger_modes,
    parameters,
    names,
    annotations,
    images,
    deadlines,
    ports,
)

"""What a cluster would accept of a SeldonDeployment and then do wrongly, refused before it is applied.

The webhook lets through what later fails at once, loops, or, worse, answers 200 and does nothing. Each
check is a function over the manifest that yields one sentence a fault.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

Document = dict[str, Any]
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
EXECUTOR_PORTS = ["8000", "5001"]


class InvalidDeploymentError(ValueError):
    """A SeldonDeployment that a cluster would accept and then not serve as meant."""


def check(manifest: Document, target: Literal["local", "cluster"]) -> None:
    """Raise InvalidDeploymentError that says everything that is wrong with the manifest for its target."""
    checks = CHECKS if target == "local" else (*CHECKS, *CLUSTER_CHECKS)
    if faults := [fault for find in checks for fault in find(manifest)]:
        raise InvalidDeploymentError("; ".join(faults))


def node_types(manifest: Document) -> Faults:
    """A node of an unknown type, also in lower case, is never called."""
    for node in _nodes(manifest):
        if node.get("type") not in NODE_TYPES:
            yield f"node {node['name']}: type {node.get('type')!r} is none of {', '.join(NODE_TYPES)}"


def logger_modes(manifest: Document) -> Faults:
    """A logger of an unknown mode logs nothing."""
    for node in _nodes(manifest):
        mode = node.get("logger", {}).get("mode", "all")
        if mode not in LOGGER_MODES:
            yield f"node {node['name']}: logger mode {mode!r} is none of {', '.join(LOGGER_MODES)}"


def parameters(manifest: Document) -> Faults:
    """A parameter of an unknown type, also in lower case, has the node crash again and again."""
    for node in _nodes(manifest):
        for parameter in node.get("parameters", []):
            place = f"node {node['name']}, parameter {parameter['name']}"
            if parameter["type"] not in PARAMETER_TYPES:
                yield f"{place}: type {parameter['type']!r} is none of {', '.join(PARAMETER_TYPES)}"
            if not isinstance(parameter["value"], str):
                yield f"{place}: its value must be a string, it is {parameter['value']!r}"


def names(manifest: Document) -> Faults:
    """A name with a dot or an upper-case letter fails at once; one that is too long becomes a hash."""
    named = [manifest["metadata"]["name"]]
    for predictor in manifest["spec"]["predictors"]:
        named += [predictor["name"], *(container["name"] for container in _containers(predictor))]
    for name in named:
        if not LABEL.fullmatch(name):
            yield f"the name {name!r} is not of lower-case letters, digits and hyphens, a letter first"
    for name in [manifest["metadata"]["name"], *_derived_names(manifest)]:
        if len(name) > LONGEST_NAME:
            yield f"the name {name!r} has {len(name)} characters, more than {LONGEST_NAME}"


def annotations(manifest: Document) -> Faults:
    """One `=` in an annotation's value makes the executor ignore every annotation."""
    sources = [manifest["metadata"], manifest["spec"]]
    for predictor in manifest["spec"]["predictors"]:
        sources += [predictor, *(pod.get("metadata", {}) for pod in predictor["componentSpecs"])]
    values = {item for source in sources for item in source.get("annotations", {}).items()}
    for key, value in sorted(values):
        if "=" in value:
            yield f"annotation {key}: its value {value!r} has a '='"


def images(manifest: Document) -> Faults:
    """An image without a fixed tag or digest is another one tomorrow."""
    references = {container["image"] for container in _all_containers(manifest)}
    for image in sorted(references):
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@" not in image and tag in {"", "latest"}:
            yield f"image {image!r} has neither a tag other than latest nor a digest"


def deadlines(manifest: Document) -> Faults:
    """A deadline within the start-up time fails every roll-out."""
    for predictor in manifest["spec"]["predictors"]:
        seconds = predictor.get("progressDeadlineSeconds")
        if seconds is None or seconds < SHORTEST_DEADLINE_SECONDS:
            yield (
                f"predictor {predictor['name']}: progressDeadlineSeconds is {seconds}, "
                f"less than {SHORTEST_DEADLINE_SECONDS}"
            )


def ports(manifest: Document) -> Faults:
    """Containers of a pod share their ports: the second to ask for one cannot start."""
    for predictor in manifest["spec"]["predictors"]:
        taken: dict[int, str] = {}
        for container in _containers(predictor):
            for port in container.get("ports", []):
                holder = taken.setdefault(port["containerPort"], container["name"])
                if holder != container["name"]:
                    yield f"port {port['containerPort']} is that of {holder} and of {container['name']}"


def databases(manifest: Document) -> Faults:
    """A SQLite file is one pod's own: replicas would each see a part, and a new pod would see nothing."""
    for name, value in _plain_values(manifest):
        if urlsplit(value).scheme.startswith("sqlite"):
            yield f"{name} is a SQLite file, which no other pod sees"


def passwords(manifest: Document) -> Faults:
    """A password in a manifest is read by everyone who may read manifests: it belongs in a Secret."""
    for name, value in _plain_values(manifest):
        if "://" in value and urlsplit(value).password is not None:
            yield f"{name} holds a password, which belongs in a Secret"


def locations(manifest: Document) -> Faults:
    """A path of the machine that publishes is nowhere on a node."""
    for name, value in _plain_values(manifest):
        if name == "ONTIME_FETCH_LOCATION" and urlsplit(value).scheme in {"", "file"}:
            yield f"the model location {value!r} is a path of this machine, which no pod sees"


def service_ports(manifest: Document) -> Faults:
    """The Service that the operator makes goes to its own executor's ports, wherever ours listens."""
    for container in _all_containers(manifest):
        arguments = container.get("args", [])
        chosen = [arguments[arguments.index(name) + 1] for name in PORT_ARGUMENTS if name in arguments]
        if chosen and chosen != EXECUTOR_PORTS:
            yield f"the executor listens on {' and '.join(chosen)}, its Service goes to 8000 and 5001"


PORT_ARGUMENTS = ("--http_port", "--grpc_port")
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
CLUSTER_CHECKS = (databases, passwords, locations, service_ports)


def _nodes(manifest: Document) -> Iterator[Document]:
    pending = [predictor["graph"] for predictor in manifest["spec"]["predictors"]]
    while pending:
        node = pending.pop(0)
        yield node
        pending += node.get("children", [])


def _containers(predictor: Document) -> Iterator[Document]:
    for pod in predictor["componentSpecs"]:
        yield from pod["spec"].get("initContainers", [])
        yield from pod["spec"]["containers"]


def _all_containers(manifest: Document) -> Iterator[Document]:
    for predictor in manifest["spec"]["predictors"]:
        yield from _containers(predictor)


def _plain_values(manifest: Document) -> Iterator[tuple[str, str]]:
    for container in _all_containers(manifest):
        for variable in container.get("env", []):
            if "value" in variable:
                yield variable["name"], variable["value"]


def _derived_names(manifest: Document) -> Iterator[str]:
    """What the operator calls the Deployments and Services that it makes."""
    for predictor in manifest["spec"]["predictors"]:
        service = f"{manifest['metadata']['name']}-{predictor['name']}"
        yield service
        for position, pod in enumerate(predictor["componentSpecs"]):
            containers = "-".join(container["name"] for container in pod["spec"]["containers"])
            yield f"{service}-{position}-{pod.get('metadata', {}).get('name', containers)}"
        for node in _nodes({"spec": {"predictors": [predictor]}}):
            yield f"{service}-{node['name']}"

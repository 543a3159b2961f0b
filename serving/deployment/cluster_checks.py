"""The checks of a manifest that is for a cluster; this machine may have files and ports of its own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from serving.deployment.graph import Document
from serving.deployment.walk import all_containers, plain_values, predictors

Faults = Iterator[str]

EXECUTOR_PORTS = ["8000", "5001"]
PORT_ARGUMENTS = ("--http_port", "--grpc_port")


def databases(manifest: Document) -> Faults:
    """A SQLite file is one pod's own: replicas would each see a part, and a new pod would see nothing."""
    for name, value in plain_values(manifest):
        if urlsplit(value).scheme.startswith("sqlite"):
            yield f"{name} is a SQLite file, which no other pod sees"


def passwords(manifest: Document) -> Faults:
    """A password in a manifest is read by everyone who may read manifests: it belongs in a Secret."""
    for name, value in plain_values(manifest):
        if "://" in value and urlsplit(value).password is not None:
            yield f"{name} holds a password, which belongs in a Secret"


def locations(manifest: Document) -> Faults:
    """A path of the machine that publishes is nowhere on a node."""
    for name, value in plain_values(manifest):
        if name == "ONTIME_FETCH_LOCATION" and urlsplit(value).scheme in {"", "file"}:
            yield f"the model location {value!r} is a path of this machine, which no pod sees"


def service_ports(manifest: Document) -> Faults:
    """The Service that the operator makes goes to its own executor's ports, wherever ours listens."""
    for container in all_containers(manifest):
        arguments = container.get("args", [])
        chosen = [arguments[arguments.index(name) + 1] for name in PORT_ARGUMENTS if name in arguments]
        if chosen and chosen != EXECUTOR_PORTS:
            yield f"the executor listens on {' and '.join(chosen)}, its Service goes to 8000 and 5001"


def disruption_budgets(manifest: Document) -> Faults:
    """The operator has every budget cover all pods of the deployment, and no pod under two can be evicted."""
    holders = [
        predictor["name"]
        for predictor in predictors(manifest)
        for pod in predictor["componentSpecs"]
        if "pdbSpec" in pod
    ]
    if len(holders) > 1:
        yield f"the predictors {' and '.join(holders)} have a pdbSpec each; no node could be drained"


CLUSTER_CHECKS = (databases, passwords, locations, service_ports, disruption_budgets)

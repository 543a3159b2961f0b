"""The parts of a SeldonDeployment, one after another, for whoever looks at all of them."""

from collections.abc import Iterator

from serving.deployment.graph import Document


def predictors(manifest: Document) -> list[Document]:
    """The predictors; the first is the one that answers."""
    return list(manifest["spec"]["predictors"])


def nodes(manifest: Document) -> Iterator[Document]:
    """Every node of every graph."""
    for predictor in predictors(manifest):
        yield from nodes_below(predictor["graph"])


def nodes_below(graph: Document) -> Iterator[Document]:
    """A node and all that it calls."""
    pending = [graph]
    while pending:
        node = pending.pop(0)
        yield node
        pending += node.get("children", [])


def containers(predictor: Document) -> Iterator[Document]:
    """The containers of a predictor's pods, in the order in which they start."""
    for pod in predictor["componentSpecs"]:
        yield from pod["spec"].get("initContainers", [])
        yield from pod["spec"]["containers"]


def all_containers(manifest: Document) -> Iterator[Document]:
    """The containers of every predictor."""
    for predictor in predictors(manifest):
        yield from containers(predictor)


def plain_values(manifest: Document) -> Iterator[tuple[str, str]]:
    """The variables whose values stand in the manifest, by name."""
    for container in all_containers(manifest):
        for variable in container.get("env", []):
            if "value" in variable:
                yield variable["name"], variable["value"]


def derived_names(manifest: Document) -> Iterator[str]:
    """What the operator calls the Deployments and Services that it makes."""
    for predictor in predictors(manifest):
        service = f"{manifest['metadata']['name']}-{predictor['name']}"
        yield service
        for position, pod in enumerate(predictor["componentSpecs"]):
            named = "-".join(container["name"] for container in pod["spec"]["containers"])
            yield f"{service}-{position}-{pod.get('metadata', {}).get('name', named)}"
        for node in nodes_below(predictor["graph"]):
            yield f"{service}-{node['name']}"

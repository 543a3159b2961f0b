"""A predictor: the graph of a model and the pods that run it."""

from serving.deployment.engine import operator_engine
from serving.deployment.graph import Document, graph
from serving.deployment.model import PublishedModel
from serving.deployment.pod import component
from serving.deployment.settings import DeploymentSettings


def predictor(name: str, model: PublishedModel, settings: DeploymentSettings) -> Document:
    """A predictor of a model.

    Its annotations reach the pod template: the hash says which pods serve which model, and the time-outs
    are read by the executor.
    """
    document: Document = {"name": name, "annotations": {**model.annotations(), **timeouts(settings)}}
    # With an autoscaler the number of pods is its own business.
    if settings.autoscaling is None:
        document["replicas"] = settings.replicas
    document |= {
        "progressDeadlineSeconds": settings.timing.progress_deadline,
        "graph": graph(settings.ports),
        "componentSpecs": [component(name, model, settings)],
    }
    if settings.engine == "operator":
        document["svcOrchSpec"] = operator_engine(settings)
    return document


def timeouts(settings: DeploymentSettings) -> dict[str, str]:
    """The annotations that say how long a request may take."""
    milliseconds = str(settings.timing.request * 1000)
    return {"seldon.io/rest-timeout": milliseconds, "seldon.io/grpc-timeout": milliseconds}

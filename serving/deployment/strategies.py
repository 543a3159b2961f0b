"""How a new version takes over: the predictors of the deployment, by strategy."""

from collections.abc import Callable

from serving.deployment.engine import operator_engine
from serving.deployment.graph import PREDICTOR, Document, graph
from serving.deployment.model import PublishedModel
from serving.deployment.pod import pod
from serving.deployment.settings import DeploymentSettings


def rolling(model: PublishedModel, settings: DeploymentSettings) -> list[Document]:
    """One predictor, whose pods the operator's Deployment replaces one after another.

    Its annotations reach the pod template: the hash says which pods serve which model, and the time-outs
    are read by the executor.
    """
    milliseconds = str(settings.timing.request * 1000)
    predictor: Document = {
        "name": PREDICTOR,
        "annotations": {
            **model.annotations(),
            "seldon.io/rest-timeout": milliseconds,
            "seldon.io/grpc-timeout": milliseconds,
        },
        "replicas": settings.replicas,
        "progressDeadlineSeconds": settings.timing.progress_deadline,
        "graph": graph(settings.ports),
        "componentSpecs": [pod(model, settings)],
    }
    if settings.engine == "operator":
        predictor["svcOrchSpec"] = operator_engine(settings)
    return [predictor]


STRATEGIES: dict[str, Callable[[PublishedModel, DeploymentSettings], list[Document]]] = {"rolling": rolling}

"""The SeldonDeployment of a model, as a document and as YAML."""

import yaml

from serving.deployment.checks import InvalidDeploymentError, check
from serving.deployment.engine import operator_annotations
from serving.deployment.graph import Document
from serving.deployment.model import PublishedModel, said_of_the_model
from serving.deployment.pod import common_labels
from serving.deployment.predictor import timeouts
from serving.deployment.settings import DeploymentSettings
from serving.deployment.strategies import STRATEGIES

API_VERSION = "machinelearning.seldon.io/v1"
KIND = "SeldonDeployment"

FILE_NAME = "seldondeployment.yaml"
"""Under which name a manifest lies where a directory stands for a cluster."""


def manifest(
    model: PublishedModel, settings: DeploymentSettings, serving: Document | None = None
) -> Document:
    """The SeldonDeployment that serves a model.

    Args:
        model: what is published.
        settings: everything else.
        serving: the SeldonDeployment that answers now under the same name; a canary and a shadow stand
            beside its first predictor, which stays as it is.

    Raises:
        InvalidDeploymentError: The cluster would accept it and then do something else, or (as
            NothingToStandBesideError) there is nothing that a canary or a shadow could stand beside.
    """
    predictors = STRATEGIES[settings.strategy](model, settings, serving)
    specification: Document = {"protocol": "seldon"}
    if settings.engine == "operator":
        specification["annotations"] = operator_annotations()
    if settings.strategy != "rolling" and serving is not None:
        _leaves_the_pods_that_answer(specification, serving["spec"])
    document: Document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": common_labels(settings),
            "annotations": _annotations(predictors[0], settings),
        },
        "spec": {**specification, "predictors": predictors},
    }
    check(document, settings.target)
    return document


def to_yaml(document: Document) -> str:
    """The document as YAML, its keys in the order in which it was built."""
    return yaml.safe_dump(document, sort_keys=False, width=110)


def _annotations(answering: Document, settings: DeploymentSettings) -> dict[str, str]:
    """Which model answers; the one beside it is named by its predictor only."""
    annotations = said_of_the_model(answering["annotations"])
    # Ambassador's own time-out, 3 s, is set by the deployment's annotations; Istio has none.
    return annotations | timeouts(settings) if settings.mesh == "ambassador" else annotations


def _leaves_the_pods_that_answer(specification: Document, running: Document) -> None:
    """Raise where the specification's own annotations change, which are those of every pod."""
    if specification.get("annotations", {}) != running.get("annotations", {}):
        raise InvalidDeploymentError(
            "spec.annotations, which follow from `engine`, would change and restart the pods that answer: "
            "publish with strategy rolling to change them"
        )

"""The SeldonDeployment of a model, as a document and as YAML."""

import yaml

from serving.deployment.checks import check
from serving.deployment.engine import operator_annotations
from serving.deployment.graph import Document
from serving.deployment.model import PublishedModel
from serving.deployment.settings import DeploymentSettings
from serving.deployment.strategies import STRATEGIES

API_VERSION = "machinelearning.seldon.io/v1"
KIND = "SeldonDeployment"

FILE_NAME = "seldondeployment.yaml"
"""Under which name a manifest lies where a directory stands for a cluster."""


def manifest(model: PublishedModel, settings: DeploymentSettings) -> Document:
    """The SeldonDeployment that serves a model.

    Raises InvalidDeploymentError where the cluster would accept it and then do something else.
    """
    specification: Document = {"protocol": "seldon"}
    if settings.engine == "operator":
        specification["annotations"] = operator_annotations()
    specification["predictors"] = STRATEGIES[settings.strategy](model, settings)
    document: Document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": {
                "app.kubernetes.io/name": "ontime",
                "app.kubernetes.io/instance": settings.name,
            },
            "annotations": model.annotations(),
        },
        "spec": specification,
    }
    check(document, settings.target)
    return document


def to_yaml(document: Document) -> str:
    """The document as YAML, its keys in the order in which it was built."""
    return yaml.safe_dump(document, sort_keys=False, width=110)

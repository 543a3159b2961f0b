"""What tells the pods of one specification from those of another: an annotation that reaches them.

The content hash of the model is not enough: publishing the same model with another image or other limits
makes new pods too. What restarts no pod (replicas, an autoscaler's limits, traffic) is not part of it.
"""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from serving.deployment.engine import EXECUTOR
from serving.deployment.model import MODEL_HASH
from serving.deployment.walk import containers

# Not behind the prefix of what is said of a model: a canary's deployment names the model that answers.
REVISION = "ontime-publish/revision"
# Names and numbers that the operator acts on without touching a pod template.
_NOT_OF_THE_PODS = ("name", "replicas", "traffic", "shadow")
_OF_A_POD = ("metadata", "spec")

Document = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """The Deployments of one predictor, once it is rolled out.

    `revision` is None where whoever wrote the predictor gave none; `replicas` where an autoscaler decides.
    """

    predictor: str
    revision: str | None
    deployments: int
    replicas: int | None


def with_revisions(manifest: Mapping[str, Any], content_hash: str) -> Document:
    """The manifest with each predictor of the published model annotated with the hash of its pods.

    A predictor that has the annotation keeps it, and one of another model is left as it is: it was read
    from the cluster, and a change of its annotations would restart its pods.
    """
    document = deepcopy(dict(manifest))
    for predictor in document["spec"]["predictors"]:
        annotations = predictor.get("annotations", {})
        if annotations.get(MODEL_HASH) == content_hash and REVISION not in annotations:
            annotations[REVISION] = _revision(predictor)
    return document


def expected(manifest: Mapping[str, Any]) -> tuple[Expected, ...]:
    """What the operator is to make of a SeldonDeployment."""
    return tuple(
        Expected(
            predictor=predictor["name"],
            revision=predictor.get("annotations", {}).get(REVISION),
            deployments=len(predictor["componentSpecs"]),
            replicas=None if _is_scaled(predictor) else predictor.get("replicas", 1),
        )
        for predictor in manifest["spec"]["predictors"]
    )


def _revision(predictor: Document) -> str:
    text = json.dumps(_of_the_pods(predictor), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _of_the_pods(predictor: Document) -> Document:
    """What a change of restarts the pods of a predictor."""
    pods = {key: value for key, value in predictor.items() if key not in _NOT_OF_THE_PODS}
    # To an executor of its own the operator gives all the rest as a variable, so that all of it counts.
    if not any(container["name"] == EXECUTOR for container in containers(predictor)):
        return pods
    pods.pop("progressDeadlineSeconds", None)
    pods["componentSpecs"] = [
        {key: component[key] for key in _OF_A_POD if key in component} for component in pods["componentSpecs"]
    ]
    return pods


def _is_scaled(predictor: Document) -> bool:
    return any(
        specification.get(name) is not None
        for specification in predictor["componentSpecs"]
        for name in ("hpaSpec", "kedaSpec", "replicas")
    )

"""How a new version takes over: the predictors of the deployment, by strategy.

Whatever stands beside the predictor that answers is replaced or taken away, and the predictor itself is
taken over word for word but for its traffic, which restarts no pod: only `rolling` changes what it serves.
"""

from collections.abc import Callable

from serving.deployment.checks import InvalidDeploymentError
from serving.deployment.graph import CANARY, MAIN, SHADOW, Document
from serving.deployment.model import MODEL_HASH, PublishedModel
from serving.deployment.predictor import predictor
from serving.deployment.settings import DeploymentSettings


class NothingToStandBesideError(InvalidDeploymentError):
    """A canary or a shadow where no predictor of ours answers under the deployment's name."""


def rolling(
    model: PublishedModel,
    settings: DeploymentSettings,
    serving: Document | None,  # noqa: ARG001 - whatever serves gives way
) -> list[Document]:
    """One predictor, whose pods the operator's Deployment replaces one after another.

    After a canary or a shadow of the same model this promotes it: the one beside goes, and its model comes.
    """
    return [predictor(MAIN, model, settings)]


def canary(model: PublishedModel, settings: DeploymentSettings, serving: Document | None) -> list[Document]:
    """A second predictor that answers its share of the requests; none for the model that answers already."""
    main = _answering(settings, serving)
    if _serves(main, model):
        return [_alone(main)]
    beside = predictor(CANARY, model, settings)
    return [
        {**main, "traffic": 100 - settings.traffic},
        {**beside, "traffic": settings.traffic},
    ]


def shadow(model: PublishedModel, settings: DeploymentSettings, serving: Document | None) -> list[Document]:
    """A second predictor that is asked everything too, its answers dropped; none for the same model."""
    main = _answering(settings, serving)
    if _serves(main, model):
        return [_alone(main)]
    beside = predictor(SHADOW, model, settings)
    # The traffic of a shadow is the share of the requests that is mirrored to it.
    return [{**main, "traffic": 100}, {**beside, "traffic": 100, "shadow": True}]


STRATEGIES: dict[str, Callable[[PublishedModel, DeploymentSettings, Document | None], list[Document]]] = {
    "rolling": rolling,
    "canary": canary,
    "shadow": shadow,
}


def _answering(settings: DeploymentSettings, serving: Document | None) -> Document:
    """The predictor that answers now; raises NothingToStandBesideError."""
    place = f"{settings.namespace}/{settings.name}"
    if serving is None:
        raise NothingToStandBesideError(
            f"strategy {settings.strategy}: nothing is served as {place} yet; "
            "publish with strategy rolling first"
        )
    metadata = serving["metadata"]
    found = f"{metadata.get('namespace', 'default')}/{metadata['name']}"
    if found != place:
        raise NothingToStandBesideError(f"strategy {settings.strategy}: what serves is {found}, not {place}")
    main: Document = serving["spec"]["predictors"][0]
    if MODEL_HASH not in main.get("annotations", {}):
        raise NothingToStandBesideError(
            f"strategy {settings.strategy}: the predictor {main['name']} of {place} names no model in "
            f"{MODEL_HASH}; publish with strategy rolling first"
        )
    return main


def _serves(main: Document, model: PublishedModel) -> bool:
    return bool(main["annotations"][MODEL_HASH] == model.content_hash)


def _alone(main: Document) -> Document:
    """The predictor that answers with nothing beside it any more."""
    return {key: value for key, value in main.items() if key != "traffic"}

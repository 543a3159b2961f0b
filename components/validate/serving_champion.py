"""The model that a SeldonDeployment serves, brought here from where its pods have it."""

from pathlib import Path

from components.publish.cluster import journal
from components.publish.cluster.connection import connect
from components.publish.cluster.leases import Leases
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Resource
from components.settings import Settings
from serving.artifact import ModelDirectory, read
from serving.deployment.model import MODEL_HASH, MODEL_LOCATION
from serving.fetch import FetchSettings, fetch


class UnknownChampionError(ValueError):
    """What serves names no model, so no challenger can be compared with it."""


def serving_champion(
    settings: Settings, namespace: str, deployment_name: str, scratch: Path
) -> ModelDirectory | None:
    """The model that is being served under a name in a cluster, or None where nothing is.

    It is fetched below `scratch`. Raises UnknownChampionError, PublicationError where the cluster does not
    tell, FetchError and InvalidModelDirectoryError where the model cannot be had: to take it for absent
    would let a worse model through. A publication that was killed, or is under way, has put up a model that
    may never have served: then it is the model of before.
    """
    patience = Patience(settings.publish_patience)
    resource = Resource(connect(), namespace, deployment_name, patience)
    # The Lease first: what it says served has served, however a publication ends between the two.
    lease = Leases(resource.connection, namespace, deployment_name, patience).read()
    serving = journal.serving(lease, resource.read())
    if serving is None:
        return None
    annotations = serving["metadata"].get("annotations", {})
    try:
        location, content_hash = annotations[MODEL_LOCATION], annotations[MODEL_HASH]
    except KeyError as error:
        raise UnknownChampionError(
            f"{resource.title} has no annotation {error}: it is not ours; take it away or publish under "
            "another name"
        ) from error
    wanted = {"location": location, "content_hash": content_hash, "directory": scratch / content_hash}
    fetch(FetchSettings.model_validate(wanted | {"endpoint": settings.object_store_endpoint}))
    return read(scratch / content_hash, content_hash)

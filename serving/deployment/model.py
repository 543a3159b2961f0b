"""What a manifest takes from the model that it publishes."""

from dataclasses import dataclass
from typing import Any

from serving.signature import Signature

PREFIX = "ontime/"
MODEL_HASH = f"{PREFIX}model-hash"
MODEL_LOCATION = f"{PREFIX}model-location"
FEATURE_SERVICE = f"{PREFIX}feature-service"
TRAINED_TO = f"{PREFIX}trained-to"


@dataclass(frozen=True)
class PublishedModel:
    """A model directory at its place: where it is, what names its content, and its signature."""

    location: str
    content_hash: str
    signature: Signature

    def annotations(self) -> dict[str, str]:
        """What a resource says of the model that it serves."""
        annotations = {
            MODEL_HASH: self.content_hash,
            MODEL_LOCATION: self.location,
            FEATURE_SERVICE: self.signature.feature_service,
        }
        if self.signature.training_range is not None:
            annotations[TRAINED_TO] = self.signature.training_range.end.isoformat()
        return annotations


def said_of_the_model(annotations: dict[str, str]) -> dict[str, str]:
    """Those annotations of a resource that say which model it serves."""
    return {key: value for key, value in annotations.items() if key.startswith(PREFIX)}


def champion_hash(manifest: dict[str, Any]) -> str:
    """The content hash of the model that answers; raises KeyError where none is named.

    It is not that of a canary or a shadow: those are named by their predictors only.
    """
    return str(manifest["metadata"]["annotations"][MODEL_HASH])

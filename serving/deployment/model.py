"""What a manifest takes from the model that it publishes."""

from dataclasses import dataclass
from typing import Any

from serving.signature import Signature

MODEL_HASH = "ontime/model-hash"
MODEL_LOCATION = "ontime/model-location"
FEATURE_SERVICE = "ontime/feature-service"
TRAINED_TO = "ontime/trained-to"


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


def champion_hash(manifest: dict[str, Any]) -> str:
    """The content hash of the model that a SeldonDeployment serves; raises KeyError where none is named."""
    return str(manifest["metadata"]["annotations"][MODEL_HASH])

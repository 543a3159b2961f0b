"""Which model each predictor of a SeldonDeployment serves."""

from typing import Any

from serving.deployment.model import MODEL_HASH


def predictor_hashes(manifest: dict[str, Any]) -> dict[str, str]:
    """The content hash of every predictor's model, by the predictor's name."""
    return {
        predictor["name"]: str(predictor["annotations"][MODEL_HASH])
        for predictor in manifest["spec"]["predictors"]
    }

"""The middle of the graph: says of each row how unlike the training data it is, and passes it on."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from seldon_core.user_model import SeldonResponse

from serving.artifact import read
from serving.detectors.outlier import KIND, OutlierDetector
from serving.feature_rows import feature_rows
from serving.node.settings import NodeSettings


class Outliers:
    """A Seldon component of the type TRANSFORMER.

    Its tags have one value a row: `outlier`, and `outlier_score`, the higher the stranger.
    """

    def __init__(self, settings: NodeSettings | None = None) -> None:
        self._settings = settings

    def load(self) -> None:
        """Check the model directory, read its outlier detector and score one row.

        Raises InvalidModelDirectoryError or InvalidDetectorError where that is not what the settings name.
        """
        settings = self._settings or NodeSettings()
        model = read(settings.model_directory, settings.model_hash)
        self._detector = OutlierDetector.load(model.detector(KIND))
        self._features = model.signature.feature_names
        self._maximum_rows = settings.maximum_rows
        self._detector.score(np.full((1, len(self._features)), np.nan, dtype=np.float32))

    def transform_input(self, payload: Any, names: Iterable[str]) -> SeldonResponse:
        """The same rows [n, F], with the tags; raises RefusedRequestError."""
        rows = feature_rows(payload, names, self._features, self._maximum_rows)
        scores = self._detector.score(rows)
        flags = scores > self._detector.settings.threshold
        tags = {"outlier": flags.tolist(), "outlier_score": scores.tolist()}
        # Tags on the response, and not on this object, which all requests share.
        return SeldonResponse(rows.astype(np.float64), tags=tags)

    def class_names(self) -> list[str]:
        """The names of the columns that are passed on."""
        return self._features

"""The leaf of the graph: feature rows in, probabilities out, by ONNX Runtime."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from serving.artifact import read
from serving.feature_rows import feature_rows
from serving.node.settings import NodeSettings

OUTPUT = "probability"


class Model:
    """A Seldon component of the type MODEL."""

    def __init__(self, settings: NodeSettings | None = None) -> None:
        self._settings = settings

    def load(self) -> None:
        """Check the model directory, open its network and run it once.

        Raises InvalidModelDirectoryError for another directory than the settings name.
        """
        settings = self._settings or NodeSettings()
        model = read(settings.model_directory, settings.model_hash)
        options = onnxruntime.SessionOptions()
        # A pod's processor is shared by all its containers, and rows come few at a time.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model.network, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._features = model.signature.feature_names
        self._maximum_rows = settings.maximum_rows
        self._run(np.full((1, len(self._features)), np.nan, dtype=np.float32))

    def predict(self, payload: Any, names: Iterable[str]) -> NDArray[np.float64]:
        """The probabilities [n, 1] of feature rows [n, F]; raises RefusedRequestError."""
        return self._run(feature_rows(payload, names, self._features, self._maximum_rows))

    def class_names(self) -> list[str]:
        """The one column of an answer."""
        return [OUTPUT]

    def _run(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        probabilities: NDArray[np.float32] = self._session.run([OUTPUT], {self._input: rows})[0]
        return probabilities.astype(np.float64)

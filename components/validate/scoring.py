"""Scores rows with an exported network, as it will be served."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from components.train.frame import Floats
from components.train.interface import INPUT, OUTPUT

BATCH_ROWS = 65_536
"""Rows scored at once, which bounds the memory of the hidden layers."""

Probabilities = npt.NDArray[np.float64]


class Scorer:
    """An ONNX file, loaded once."""

    def __init__(self, network: Path) -> None:
        self._session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])

    def score(self, features: Floats) -> Probabilities:
        """The probabilities `[n]` of raw feature rows `[n, F]`.

        Raises ValueError where the network gives something else than a probability for a row.
        """
        starts = range(0, len(features), BATCH_ROWS)
        parts = [self._session.run([OUTPUT], {INPUT: features[s : s + BATCH_ROWS]})[0] for s in starts]
        probabilities = np.concatenate(parts).astype(np.float64).reshape(-1)
        if probabilities.shape != (len(features),):
            raise ValueError(f"the network gave {probabilities.size} values for {len(features)} rows")
        if not np.all((probabilities >= 0) & (probabilities <= 1)):
            raise ValueError("the network gave values that are no probabilities")
        return probabilities

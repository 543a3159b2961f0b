"""The probabilities that a network gives."""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

BATCH = 65_536
OUTPUT = "probability"


def probabilities(network: Path, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability [n] of each row [n, F], by the ONNX file `network`."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    batches = [
        session.run([OUTPUT], {name: rows[start : start + BATCH]})[0] for start in range(0, len(rows), BATCH)
    ]
    return np.concatenate(batches)[:, 0].astype(np.float32)

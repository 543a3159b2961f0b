"""A component that loads, and answers, only when it is let: it waits for a line in a named pipe each time.

`python gated_node.py` serves it under our server with the settings of the environment; the pipes are
`load` and `predict` in `GATES`.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from serving.node.server import run
from serving.node.settings import NodeSettings

GATES = "GATES"


class Gated:
    """Answers the sum of each row."""

    blocking = True

    def load(self) -> None:
        self._wait("load")

    def predict(self, rows: Any, _: Any) -> Any:
        self._wait("predict")
        return np.asarray(rows, dtype=float).sum(axis=1, keepdims=True)

    def metrics(self) -> list[dict[str, Any]]:
        return [{"type": "COUNTER", "key": "sums_total", "value": 1, "tags": {"kind": "small"}}]

    def _wait(self, gate: str) -> None:
        (Path(os.environ[GATES]) / gate).read_text()


if __name__ == "__main__":
    run(Gated(), "gated", NodeSettings())

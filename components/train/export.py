"""Exports a network as one ONNX file: raw feature values in, probabilities out, any number of rows."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import onnx
import torch

from components.train.interface import INPUT, OUTPUT
from components.train.network import Network, Probability


def export_network(network: Network, features: int, path: Path) -> None:
    """Write a network over `features` columns to `path`, with its weights inside.

    The file takes `features` float32 `[n, F]` and gives `probability` float32 `[n, 1]`, for any n of 1
    and more. The network is moved to the CPU and to evaluation. Raises onnx.checker.ValidationError where
    the export is not valid ONNX.
    """
    model = Probability(network).cpu().eval()
    # Two rows: torch takes an example dimension of one for a constant.
    example = torch.zeros(2, features)
    with _quiet():
        torch.onnx.export(
            model,
            (example,),
            path,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    onnx.checker.check_model(path, full_check=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's own account of its progress out of a step's log; errors still raise."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)

"""The step as one function: frames and a network in, a directory of detectors with their figures out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.fit_detectors.fitting import fit
from components.fit_detectors.frames import Rows, rows_of
from components.fit_detectors.measurement import (
    drift_figures,
    headline,
    outlier_figures,
    prediction_figures,
)
from components.fit_detectors.planting import latest_months, with_row_faults, with_window_faults
from components.train.frame import read_table
from components.validate.scoring import Scorer
from feature_repo.faults import ROW_FAULTS, WINDOW_FAULTS
from serving.artifact import NETWORK, SIGNATURE
from serving.detectors.figures import DetectorFigures
from serving.signature import Signature
from serving.staging import staged


@dataclass(frozen=True)
class Sources:
    """Where the step reads: the Parquet file of each frame, and the directory of the trained network."""

    train: Path
    validation: Path
    test: Path
    network: Path


def fit_and_measure(sources: Sources, target: Path, *, seed: int) -> dict[str, float]:
    """Write the detectors and `figures.json` to the directory `target`; return the headline figures.

    `target` is replaced only once everything is written. Raises InvalidFrameError where a frame does not
    hold what the signature says, ValueError where the training frame covers less than three months.
    """
    signature = Signature.read(sources.network / SIGNATURE)
    scorer = Scorer(sources.network / NETWORK)
    training = rows_of(read_table(sources.train, signature), signature)
    detectors = fit(training, _probabilities(scorer, training), signature, seed=seed)
    test_frame = read_table(sources.test, signature)
    untrained = pd.concat([read_table(sources.validation, signature), test_frame], ignore_index=True)
    latest = latest_months(untrained, signature.timezone)
    test = rows_of(test_frame, signature)
    spoiled_rows = with_row_faults(test_frame, ROW_FAULTS, signature)
    spoiled_windows = with_window_faults(latest, WINDOW_FAULTS, signature, seed=seed)
    figures = DetectorFigures(
        outlier=outlier_figures(detectors.outlier, spoiled_rows, test),
        drift=drift_figures(detectors, spoiled_windows, test),
        prediction=prediction_figures(detectors, test, _probabilities(scorer, test)),
    )
    with staged(target) as directory:
        detectors.save(directory)
        figures.write(directory)
    return headline(figures)


def _probabilities(scorer: Scorer, rows: Rows) -> NDArray[np.float32]:
    return scorer.score(rows.features).astype(np.float32)  # As precise as the network gave them.

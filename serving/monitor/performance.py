"""How good predictions turned out to be, once their outcomes are known."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

BINS = 10


def measure(probabilities: NDArray[np.float64], actuals: NDArray[np.int8]) -> dict[str, Any]:
    """What the outcomes `actuals` [n > 0] (0 or 1) say of the `probabilities` [n].

    `auc` (area under the ROC curve) and `average_precision` are None while all outcomes are the same.
    `calibration_error` is the expected calibration error of Naeini et al. (2015) over ten bins of equal
    width: the mean distance between what was predicted and what came, weighted by rows.
    """
    both = len(np.unique(actuals)) == 2
    bins = calibration(probabilities, actuals)
    weighted = [row["rows"] * abs(row["predicted"] - row["observed"]) for row in bins]
    return {
        "rows": len(actuals),
        "base_rate": float(actuals.mean()),
        "mean_probability": float(probabilities.mean()),
        "auc": float(roc_auc_score(actuals, probabilities)) if both else None,
        "average_precision": float(average_precision_score(actuals, probabilities)) if both else None,
        "brier_score": float(brier_score_loss(actuals, probabilities)),
        "calibration_error": float(sum(weighted) / len(actuals)),
        "calibration": bins,
    }


def calibration(probabilities: NDArray[np.float64], actuals: NDArray[np.int8]) -> list[dict[str, Any]]:
    """For each tenth of the scale that has rows: how many, their mean probability, the share that came."""
    position = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    return [
        {
            "from": index / BINS,
            "rows": int((position == index).sum()),
            "predicted": float(probabilities[position == index].mean()),
            "observed": float(actuals[position == index].mean()),
        }
        for index in np.unique(position).tolist()
    ]

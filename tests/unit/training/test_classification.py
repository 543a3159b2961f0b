"""ROC curve, calibration and confusion."""

import json

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import auc, roc_auc_score

from components.validate import classification

Answers = tuple[npt.NDArray[np.int8], npt.NDArray[np.float64]]


@pytest.fixture(scope="module")
def answers() -> Answers:
    random = np.random.default_rng(0)
    probabilities = random.random(5000)
    return (random.random(5000) < probabilities).astype(np.int8), probabilities


def test_the_curve_is_json_and_thin(answers: Answers) -> None:
    curve = classification.roc(*answers)
    assert len(curve.thresholds) <= classification.CURVE_POINTS
    json.dumps(curve.thresholds, allow_nan=False)


def test_the_curve_keeps_its_ends(answers: Answers) -> None:
    curve = classification.roc(*answers)
    points = list(zip(curve.false_positive_rate, curve.true_positive_rate, strict=True))
    assert (points[0], points[-1]) == ((0, 0), (1, 1))


def test_the_thinned_curve_has_nearly_the_same_area(answers: Answers) -> None:
    curve = classification.roc(*answers)
    area = auc(curve.false_positive_rate, curve.true_positive_rate)
    assert area == pytest.approx(roc_auc_score(*answers), abs=2e-3)


def test_probabilities_that_hold_lie_on_the_diagonal(answers: Answers) -> None:
    found = classification.calibration(*answers)
    np.testing.assert_allclose(found.observed, found.predicted, atol=0.07)


def test_the_matching_threshold_calls_as_many_rows_positive_as_are(answers: Answers) -> None:
    labels, probabilities = answers
    threshold = classification.matching_threshold(labels, probabilities)
    assert (probabilities >= threshold).sum() == pytest.approx(labels.sum(), abs=1)


def test_the_confusion_has_the_truth_in_its_rows() -> None:
    labels = np.array([0, 0, 0, 1], dtype=np.int8)
    found = classification.confusion(labels, np.array([0.1, 0.2, 0.7, 0.1]), 0.5)
    assert found.matrix == ((2, 1), (1, 0))

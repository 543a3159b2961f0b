"""The baseline reads the same features as the network."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

from components.train.frame import Frame
from components.validate.baseline import baseline_probabilities, build_baseline, with_derived
from tests.examples.training import example


@pytest.fixture(scope="module")
def probabilities(training_rows: Frame, test_rows: Frame) -> npt.NDArray[np.float64]:
    return baseline_probabilities(example.SIGNATURE, training_rows, test_rows)


def test_the_baseline_learns(probabilities: npt.NDArray[np.float64], test_rows: Frame) -> None:
    assert roc_auc_score(test_rows.labels, probabilities) > 0.7


def test_an_unseen_code_and_missing_values_are_scored(training_rows: Frame) -> None:
    baseline = build_baseline(example.SIGNATURE)
    baseline.fit(with_derived(example.SIGNATURE, training_rows.features), training_rows.labels)
    rows = np.array([[5, 3, 100, 120, 0.2], [np.nan] * 5], dtype=np.float32)
    assert np.isfinite(baseline.predict_proba(with_derived(example.SIGNATURE, rows))).all()


def test_derived_columns_follow_the_features() -> None:
    rows = np.array([[0, 0, 10, 20, 0], [0, 0, 10, 0, 0]], dtype=np.float32)
    np.testing.assert_array_equal(with_derived(example.SIGNATURE, rows)[:, 5:], [[0.5, 10], [np.nan, -10]])

"""What windows and outcomes come to: breaches and performance."""

import numpy as np
import pytest

from serving.monitor.debounce import debounce
from serving.monitor.performance import measure

D, S, FEW = "drift", "stable", "insufficient"


@pytest.mark.parametrize(
    ("verdicts", "breached"),
    [
        ([], False),
        ([D], False),
        ([D, D], True),
        ([D, D, S], False),
        ([D, S, S, S, D], True),
        ([D, S, S, S, S, D], False),
        ([D, FEW, FEW, FEW, FEW, FEW, D], True),
        ([D, D, FEW], True),
        ([FEW, FEW], False),
    ],
)
def test_two_of_the_last_five_tested_windows_with_the_latest_are_a_breach(
    verdicts: list[str], breached: bool
) -> None:
    assert debounce(verdicts).breached is breached


def measured(probabilities: list[float], actuals: list[int]) -> dict[str, object]:
    return measure(np.array(probabilities), np.array(actuals, dtype=np.int8))


def test_performance_of_known_predictions() -> None:
    found = measured([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    assert found["auc"] == pytest.approx(0.75)
    assert found["average_precision"] == pytest.approx(0.8333, abs=1e-4)
    assert found["brier_score"] == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4)


def test_outcomes_that_are_all_the_same_rank_nothing() -> None:
    found = measured([0.2, 0.6], [1, 1])
    assert (found["auc"], found["average_precision"]) == (None, None)
    assert found["brier_score"] == pytest.approx((0.64 + 0.16) / 2)


def test_the_calibration_error_weighs_each_tenth_by_its_rows() -> None:
    found = measured([0.25] * 3 + [1.0], [1, 0, 0, 1])
    assert found["calibration_error"] == pytest.approx(3 / 4 * abs(1 / 3 - 0.25))

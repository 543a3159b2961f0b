"""One limit for many statistics, from months that were left out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from serving.detectors.calibration import calibrate


def windows(
    seed: int, months: int = 8, days: int = 30, statistics: int = 12
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    values = generator.gamma(2, 1, (months * days, statistics)) * np.geomspace(0.01, 100, statistics)
    return values, np.repeat(np.arange(months), days)


def test_about_one_window_in_twenty_alarms_of_months_that_were_left_out() -> None:
    values, months = windows(1)
    assert calibrate(values, months, np.full(12, 1e-9)).false_alarm_share == pytest.approx(0.05, abs=0.04)


def test_a_statistic_is_judged_in_its_own_unit() -> None:
    values, months = windows(2)
    limits = calibrate(values, months, np.full(12, 1e-9)).limits
    rescaled = calibrate(values * 7, months, np.full(12, 1e-9)).limits
    np.testing.assert_allclose(rescaled.highest, limits.highest * 7)


def test_one_wild_statistic_does_not_hide_the_others() -> None:
    values, months = windows(3)
    tame = calibrate(values, months, np.full(12, 1e-9)).limits
    values[:, 0] = np.where(np.arange(len(values)) % 40 == 0, 1e6, 0)
    wild = calibrate(values, months, np.full(12, 1e-9)).limits
    assert (wild.highest[1:] < 1.5 * tame.highest[1:]).all()


def test_a_statistic_that_never_moved_has_the_floor_as_its_unit() -> None:
    values, months = windows(4)
    values[:, 0] = 0
    assert calibrate(values, months, np.full(12, 0.05)).limits.units[0] == 0.05


def test_a_month_unlike_the_others_counts_as_false_alarms() -> None:
    values, months = windows(5)
    values[months == 3] *= 10
    assert calibrate(values, months, np.full(12, 1e-9)).false_alarm_share > 0.1


def test_two_months_are_too_few() -> None:
    values, months = windows(6, months=2)
    with pytest.raises(ValueError, match="3 months"):
        calibrate(values, months, np.full(12, 1e-9))

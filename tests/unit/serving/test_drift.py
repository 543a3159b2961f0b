"""The drift detector alarms on windows with a fault, by the statistic that sees it, and seldom otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from serving.detectors.drift import DriftDetector
from serving.detectors.verdicts import WindowVerdict
from serving.detectors.windows import split

if TYPE_CHECKING:
    from pathlib import Path

    from serving.detectors.outlier import OutlierDetector
    from tests.unit.serving.conftest import Watched

Judge = Callable[[NDArray[np.float32]], list[WindowVerdict]]


def verdicts(
    detector: DriftDetector, outliers: OutlierDetector, rows: NDArray[np.float32], times: pd.DatetimeIndex
) -> list[WindowVerdict]:
    flags = outliers.flag(rows)
    return [
        detector.judge(rows[window.members], window.start, flags[window.members])
        for window in split(times, detector.settings.shape)
    ]


@pytest.fixture(scope="module")
def judge(drift_detector: DriftDetector, outlier_detector: OutlierDetector, later: Watched) -> Judge:
    return lambda rows: verdicts(drift_detector, outlier_detector, rows, later.times)


def test_later_days_as_they_come_seldom_alarm(judge: Judge, later: Watched) -> None:
    assert sum(verdict.verdict == "drift" for verdict in judge(later.rows)) <= 2


def test_left_out_months_seldom_alarm(drift_detector: DriftDetector) -> None:
    assert drift_detector.settings.false_alarm_share <= 0.1


def test_a_shifted_number_alarms_by_its_distance(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[:, later.column("size")] += 15
    assert all("distance:size" in verdict.above for verdict in judge(rows))


def test_a_shifted_schedule_alarms_by_its_distance(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[:, later.column("hour")] = (rows[:, later.column("hour")] + 6) % 24
    assert all("distance:hour" in verdict.above for verdict in judge(rows))


def test_a_category_that_takes_over_alarms_by_its_distance(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[:, later.column("shop_code")] = 0
    assert all("distance:shop_code" in verdict.above for verdict in judge(rows))


def test_a_weekend_is_compared_with_weekends(judge: Judge, later: Watched) -> None:
    weekday = later.times.tz_convert("America/New_York").dayofweek
    monday, saturday = np.flatnonzero(weekday == 0), np.flatnonzero(weekday == 5)
    rows = later.rows.copy()
    rows[saturday] = later.rows[monday]
    before, after = (
        np.array(["distance:shop_code" in verdict.above for verdict in judge(each)])
        for each in (later.rows, rows)
    )
    days = pd.DatetimeIndex(pd.unique(later.times.tz_convert("America/New_York").normalize()))
    assert set(days[after & ~before].dayofweek) == {5}


@pytest.mark.parametrize("name", ["size", "shop_code", "warmth"])
def test_five_percent_missing_alarms_whatever_the_family(judge: Judge, later: Watched, name: str) -> None:
    rows = later.rows.copy()
    rows[np.random.default_rng(4).random(len(rows)) < 0.05, later.column(name)] = np.nan
    share = np.mean([f"missing:{name}" in verdict.above for verdict in judge(rows)])
    assert share >= 0.9


def test_zeros_alarm_in_a_seasonal_feature(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[::5, later.column("stock")] = 0
    assert all("zero:stock" in verdict.above for verdict in judge(rows))


def test_values_far_outside_of_training_alarm(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[::5, later.column("warmth")] = 300
    assert all("outside:warmth" in verdict.above for verdict in judge(rows))


def test_codes_that_training_never_had_alarm(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[::5, later.column("shop_code")] = 4
    assert all("unseen:shop_code" in verdict.above for verdict in judge(rows))


def test_values_that_contradict_each_other_alarm_by_the_outlier_rate(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[::5, later.column("damp")] = rows[::5, later.column("warmth")] + 15
    assert all("outliers" in verdict.above for verdict in judge(rows))


def test_a_season_is_no_drift(judge: Judge, later: Watched) -> None:
    rows = later.rows.copy()
    rows[:, [later.column("warmth"), later.column("damp")]] += 5
    assert sum(verdict.verdict == "drift" for verdict in judge(rows)) <= 2


def test_a_feature_that_never_varied_has_no_range(drift_detector: DriftDetector) -> None:
    assert "outside:edition" not in drift_detector.settings.statistics


def test_a_window_of_few_rows_is_insufficient(drift_detector: DriftDetector, later: Watched) -> None:
    few = drift_detector.settings.minimum_rows - 1
    start = datetime(2013, 5, 1, 4, tzinfo=UTC)
    verdict = drift_detector.judge(later.rows[:few], start, np.zeros(few, dtype=bool))
    assert (verdict.verdict, verdict.rows, verdict.statistics) == ("insufficient", few, {})


def test_a_window_in_which_a_feature_is_all_missing_is_judged(
    drift_detector: DriftDetector, later: Watched
) -> None:
    rows = later.rows[:120].copy()
    rows[:, later.column("size")] = np.nan
    verdict = drift_detector.judge(rows, datetime(2013, 5, 1, 4, tzinfo=UTC), np.zeros(120, dtype=bool))
    assert "missing:size" in verdict.above


def test_less_than_three_months_cannot_be_calibrated(watched: Watched) -> None:
    rows, times = watched.rows[: 50 * 120], watched.times[: 50 * 120]
    with pytest.raises(ValueError, match="3 months"):
        DriftDetector.fit(rows, times, np.zeros(len(rows), dtype=bool), watched.signature, seed=1)


def test_windows_in_which_features_still_fill_up_are_not_calibrated_on(
    drift_detector: DriftDetector, watched: Watched
) -> None:
    days = len(pd.unique(watched.times.tz_convert("America/New_York").normalize()))
    assert drift_detector.settings.windows == days - 7


def test_a_loaded_detector_judges_as_the_saved_one(
    drift_detector: DriftDetector, outlier_detector: OutlierDetector, later: Watched, tmp_path: Path
) -> None:
    drift_detector.save(tmp_path / "drift")
    loaded = DriftDetector.load(tmp_path / "drift", later.signature)
    saved = verdicts(drift_detector, outlier_detector, later.rows, later.times)
    assert verdicts(loaded, outlier_detector, later.rows, later.times) == saved

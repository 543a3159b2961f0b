"""The prediction detector alarms where a model answers something else than it did."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from serving.detectors.prediction import PredictionDetector
from serving.detectors.windows import split

Probabilities = NDArray[np.float32]
DAYS = pd.date_range("2013-01-01", "2013-06-30", tz="America/New_York")


@pytest.fixture(scope="module")
def training() -> tuple[Probabilities, pd.DatetimeIndex]:
    """Daily waves of probabilities: some days are much worse than others."""
    generator = np.random.default_rng(1)
    day = generator.normal(-1, 0.7, len(DAYS)).repeat(100)
    probabilities = 1 / (1 + np.exp(-(day + generator.normal(0, 0.8, len(day)))))
    times = DAYS.repeat(100) + pd.to_timedelta(np.tile(np.linspace(5, 23, 100), len(DAYS)), unit="h")
    return probabilities.astype(np.float32), times.tz_convert("UTC")


@pytest.fixture(scope="module")
def detector(training: tuple[Probabilities, pd.DatetimeIndex]) -> PredictionDetector:
    probabilities, times = training
    return PredictionDetector.fit(probabilities, times, "America/New_York", seed=1)


def test_left_out_months_seldom_alarm(detector: PredictionDetector) -> None:
    assert 0 < detector.settings.false_alarm_share <= 0.1


def test_days_of_training_seldom_alarm(
    detector: PredictionDetector, training: tuple[Probabilities, pd.DatetimeIndex]
) -> None:
    probabilities, times = training
    windows = split(times, detector.settings.shape)
    drifts = [detector.judge(probabilities[w.members]).verdict == "drift" for w in windows]
    assert np.mean(drifts) <= 0.1


def test_a_constant_answer_alarms(detector: PredictionDetector) -> None:
    assert detector.judge(np.full(100, 0.2, dtype=np.float32)).verdict == "drift"


def test_answers_turned_round_alarm(
    detector: PredictionDetector, training: tuple[Probabilities, pd.DatetimeIndex]
) -> None:
    assert detector.judge(1 - training[0][::180]).verdict == "drift"


def test_few_answers_are_insufficient(detector: PredictionDetector) -> None:
    assert detector.judge(np.full(10, 0.2, dtype=np.float32)).verdict == "insufficient"


def test_a_loaded_detector_judges_as_the_saved_one(
    detector: PredictionDetector, training: tuple[Probabilities, pd.DatetimeIndex], tmp_path: Path
) -> None:
    detector.save(tmp_path / "prediction")
    loaded = PredictionDetector.load(tmp_path / "prediction")
    some = training[0][:100]
    assert loaded.judge(some) == detector.judge(some)

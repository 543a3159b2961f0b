"""Figures over all rows, by month, and by the codes of a category."""

import numpy as np
import pandas as pd
import pytest

from components.train.frame import Frame
from components.validate.performance import by_month, by_slice, measure
from tests.examples.training import example

LABELS = np.array([0, 1, 1, 0], dtype=np.int8)


@pytest.fixture
def frame() -> Frame:
    features = np.zeros((4, 5), dtype=np.float32)
    features[:, 0] = [1, 1, 1, np.nan]
    times = pd.DatetimeIndex(["2020-06-01 03:00", "2020-06-01 05:00", "2020-06-02", "2020-07-05"], tz="UTC")
    return Frame(features, LABELS, times, tuple(example.SIGNATURE.feature_names))


def test_the_skill_of_answering_the_base_rate_is_zero() -> None:
    assert measure(LABELS, np.full(4, 0.5)).brier_skill == 0


def test_perfect_answers_have_full_marks() -> None:
    figures = measure(LABELS, LABELS.astype(float))
    assert (figures.auc, figures.average_precision, figures.brier, figures.brier_skill) == (1, 1, 0, 1)


def test_rows_of_one_label_have_no_auc() -> None:
    figures = measure(LABELS[1:3], np.array([0.2, 0.3]))
    assert (figures.auc, figures.average_precision, figures.brier_skill) == (None, None, None)


def test_months_are_those_of_the_time_zone(frame: Frame) -> None:
    months = by_month(frame, np.full(4, 0.5), "America/New_York")
    assert {name: figures.rows for name, figures in months.items()} == {
        "2020-05": 1,
        "2020-06": 2,
        "2020-07": 1,
    }


def test_slices_are_named_by_their_codes_the_largest_first(frame: Frame) -> None:
    slices = by_slice(frame, np.full(4, 0.5), example.SIGNATURE)
    assert [(code, figures.rows) for code, figures in slices["depot_code"].items()] == [
        ("BER", 3),
        ("(missing)", 1),
    ]

"""A value counts if it was known at the instant of the prediction and is not too old."""

from typing import Any

import numpy as np
import pytest

from feature_repo.schema import Family, Feature, Kind
from serving.freshness import fresh_values

HOURLY = Feature(name="view__a", kind=Kind.NUMBER, family=Family.STABLE, view="view", ttl_seconds=3600)
LASTING = Feature(name="other__b", kind=Kind.NUMBER, family=Family.STABLE, view="other")


def read(feature: Feature, value: float | None, known: int, as_of: int) -> float:
    answer: dict[str, list[Any]] = {feature.name: [value], f"{feature.name}__ts": [known]}
    return float(fresh_values(answer, [feature], np.array([as_of]))[0, 0])


@pytest.mark.parametrize(
    ("as_of", "counts"),
    [
        pytest.param(9_999, False, id="a second before it is known"),
        pytest.param(10_000, True, id="the instant from which it is known"),
        pytest.param(13_600, True, id="the end of its time to live"),
        pytest.param(13_601, False, id="a second too old"),
    ],
)
def test_a_value_counts_within_its_time_to_live_both_ends_included(as_of: int, counts: bool) -> None:
    assert np.isnan(read(HOURLY, 1.5, 10_000, as_of)) == (not counts)


def test_a_value_without_a_time_to_live_never_grows_old() -> None:
    assert read(LASTING, 1.5, 10_000, 10**9) == 1.5


def test_a_value_from_after_the_prediction_is_missing_without_a_time_to_live_too() -> None:
    assert np.isnan(read(LASTING, 1.5, 10_000, 9_999))


def test_an_absent_key_is_missing() -> None:
    assert np.isnan(read(LASTING, None, 0, 10_000))


def test_columns_come_in_the_order_asked_for_whatever_the_answers_order() -> None:
    answer: dict[str, list[Any]] = {
        "other__b": [2.0],
        "view__a": [1.0],
        "view__a__ts": [100],
        "other__b__ts": [100],
    }
    assert fresh_values(answer, [HOURLY, LASTING], np.array([100])).tolist() == [[1.0, 2.0]]

"""The numeric rows between the nodes: what is taken, and what is refused by row and feature."""

from typing import Any

import numpy as np
import pytest

from serving.feature_rows import feature_rows
from serving.refusal import RefusedRequestError

FEATURES = ["warmth", "stock"]


def rows_of(payload: Any, names: list[str] | None = None) -> np.ndarray:
    return feature_rows(payload, names or [], FEATURES, maximum_rows=3)


def test_missing_values_are_nan_from_either_transport() -> None:
    from_json = rows_of(np.array([[1, None]], dtype=object))
    from_protobuf = rows_of(np.array([[1, np.nan]]))
    np.testing.assert_array_equal(from_json, from_protobuf)
    assert from_json.dtype == np.float32


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (np.array([[1.0]]), "a row has 2 features"),
        (np.array([1.0, 2.0]), "a row has 2 features"),
        (np.array([[1.0, np.inf]]), "row 0: feature 'stock' is infinite"),
        (np.array([[1.0, 2.0], [1e39, 2.0]]), "row 1: feature 'warmth' is infinite"),
        (np.array([[1, "2"]], dtype=object), "row 0: feature 'stock' must be a number, not '2'"),
        (np.array([[None, True]], dtype=object), "row 0: feature 'stock' must be a number, not true"),
        (np.array([["1", "2"]]), "row 0: feature 'warmth' must be a number, not '1'"),
        (np.array([[1, 10**400]], dtype=object), "a value is too large"),
        (np.array([[True, False]]), "row 0: feature 'warmth' must be a number, not true"),
    ],
)
def test_a_row_at_fault_is_named(payload: np.ndarray, message: str) -> None:
    with pytest.raises(RefusedRequestError, match=message) as refused:
        rows_of(payload)
    assert refused.value.status_code == 422


def test_columns_in_another_order_are_refused() -> None:
    with pytest.raises(RefusedRequestError, match="not the model's features in their order"):
        rows_of(np.ones((1, 2)), FEATURES[::-1])


@pytest.mark.parametrize(
    ("payload", "status"), [(np.ones((4, 2)), 413), (np.ones((0, 2)), 400), (np.array(1.0), 400), ("x", 400)]
)
def test_the_number_of_rows_is_limited_on_both_sides(payload: Any, status: int) -> None:
    with pytest.raises(RefusedRequestError) as refused:
        rows_of(payload)
    assert refused.value.status_code == status

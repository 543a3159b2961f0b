"""The vocabulary of a category is what occurs in the training rows."""

import numpy as np
import numpy.typing as npt
import pytest

from components.train.vocabulary import trained_vocabularies
from tests.examples.training import example


def _rows(*depots: float) -> npt.NDArray[np.float32]:
    rows = np.zeros((len(depots), len(example.SIGNATURE.features)), dtype=np.float32)
    rows[:, 0] = depots
    return rows


def test_codes_come_in_the_order_of_their_list_without_missing_ones() -> None:
    rows = _rows(3, np.nan, 0, 3)
    assert trained_vocabularies(example.SIGNATURE, rows) == {"depot_code": ("AMS", "DUB")}


@pytest.mark.parametrize("value", [-1, 6, 0.5])
def test_what_is_no_index_into_the_list_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="depot_code holds values that are no index into the 6 codes"):
        trained_vocabularies(example.SIGNATURE, _rows(value))

"""How each kind of feature enters the network."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.train.encoding import Category, Cycle, Numbers
from components.train.parameters import NetworkShape
from tests.examples.training import example

NAMES = example.SIGNATURE.feature_names
NAN = float("nan")


@pytest.fixture
def numbers() -> Numbers:
    """Fitted on rows of (kilometres, minutes, late share), the last one missing in one of them."""
    module = Numbers(example.SIGNATURE, clip=8.0)
    module.fit(_rows((10, 20, 0.0), (20, 20, NAN), (90, 30, 0.2)))
    return module


def _rows(*values: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor([(0.0, 0.0, *row) for row in values])


def test_numbers_are_standardised_over_the_training_rows(numbers: Numbers) -> None:
    kilometres = numbers(_rows((10, 20, 0.0), (20, 20, NAN), (90, 30, 0.2)))[:, 0]
    assert (kilometres.mean().item(), kilometres.std(correction=0).item()) == pytest.approx((0, 1), abs=1e-6)


def test_a_missing_number_counts_as_the_training_median(numbers: Numbers) -> None:
    missing, median = numbers(_rows((NAN, 20, 0.0), (20, 20, 0.0)))[:, 0]
    assert missing == median


def test_a_missing_number_is_indicated_where_training_had_missing_ones(numbers: Numbers) -> None:
    late_share = numbers.columns + 1
    assert numbers(_rows((10, 20, NAN), (10, 20, 0.1)))[:, late_share].tolist() == [1, 0]


def test_a_missing_number_is_not_indicated_where_training_had_none(numbers: Numbers) -> None:
    assert numbers(_rows((NAN, 20, 0.0)))[0, numbers.columns] == 0


@pytest.mark.parametrize("absurd", [1e9, float("inf")])
def test_an_absurd_number_is_cut(numbers: Numbers, absurd: float) -> None:
    assert numbers(_rows((absurd, 20, 0.0)))[0, 0] == 8.0


def test_a_column_that_is_not_direct_takes_part_through_what_is_derived_from_it(numbers: Numbers) -> None:
    assert numbers.columns == 4  # kilometres, late share, speed, slack: no minutes
    assert numbers.given == [NAMES.index("kilometres"), NAMES.index("depots__late_share")]


def test_a_ratio_and_a_difference_are_computed_from_raw_values() -> None:
    module = Numbers(example.SIGNATURE, clip=8.0)
    assert module(_rows((2, 4, 0.0)))[0, 2:4].tolist() == [0.5, 2.0]


def test_a_ratio_over_zero_is_missing(numbers: Numbers) -> None:
    over_zero, missing = numbers(_rows((10, 0, 0.0), (10, NAN, 0.0)))[:, 2]
    assert over_zero == missing


def test_a_column_that_is_always_missing_stays_finite() -> None:
    module = Numbers(example.SIGNATURE, clip=8.0)
    module.fit(_rows((1, 2, NAN), (2, 2, NAN)))
    assert module(_rows((1, 2, NAN), (1, 2, 3))).isfinite().all()


@given(st.floats(0, 24))
def test_a_cycle_closes(hour: float) -> None:
    cycle = Cycle(24)
    np.testing.assert_allclose(cycle(torch.tensor([hour])), cycle(torch.tensor([hour + 24])), atol=1e-4)


def test_a_missing_position_is_the_centre_of_the_circle() -> None:
    assert Cycle(24)(torch.tensor([NAN])).tolist() == [[0.0, 0.0]]


@pytest.fixture
def category() -> Category:
    return Category(("a", "b", "c"), ("a", "c"), NetworkShape()).eval()


def test_a_trained_code_has_an_embedding_of_its_own(category: Category) -> None:
    embedded = category(torch.tensor([0.0, 2.0]))
    assert torch.equal(embedded, category.embedding.weight[[1, 2]])


@pytest.mark.parametrize("value", [1.0, NAN, -1.0, 3.0, 1e9, float("inf"), float("-inf")])
def test_an_unseen_a_missing_and_an_unlisted_code_are_all_unknown(category: Category, value: float) -> None:
    assert torch.equal(category(torch.tensor([value]))[0], category.embedding.weight[0])


def test_training_shows_some_known_codes_as_unknown() -> None:
    category = Category(("a",), ("a",), NetworkShape(category_dropout=0.5)).train()
    unknown = (category(torch.zeros(1000)) == category.embedding.weight[0]).all(dim=1)
    assert 300 < unknown.sum() < 700

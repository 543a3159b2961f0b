"""Broken tables are refused with table, column, row count and an example."""

import re

import pandas as pd
import pytest

from feature_repo.relations import check_relations
from feature_repo.tables import RAW, BrokenTableError, check_table

PLANES = {
    "tailnum": ["N1", "N2", "N3"],
    "year": [2001, None, 1999],
    "type": ["jet"] * 3,
    "manufacturer": ["BOEING"] * 3,
    "model": ["737"] * 3,
    "engines": [2, 2, 2],
    "seats": [149, 149, 180],
    "speed": [None] * 3,
    "engine": ["Turbo-fan"] * 3,
}


def refusal(**changes: object) -> str:
    with pytest.raises(BrokenTableError) as refused:
        check_table("planes", pd.DataFrame(PLANES | changes), RAW)
    return str(refused.value)


def test_a_sound_table_gets_its_types() -> None:
    planes = check_table("planes", pd.DataFrame(PLANES), RAW)
    assert str(planes["year"].dtype) == "Int64"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"seats": [149, -1, 9000]},
            r"table planes, column seats: 2 rows .*in_range.* '-1' in row 1",
            id="range",
        ),
        pytest.param(
            {"seats": [149, "many", 180]}, r"table planes, column seats: .*'many' in row 1", id="type"
        ),
        pytest.param(
            {"model": ["737", None, "A320"]}, r"table planes, column model: 1 rows .* in row 1", id="null"
        ),
        pytest.param(
            {"tailnum": ["N1", "N2", "N1"]}, r"table planes, column tailnum: 2 rows .*'N1'", id="twice"
        ),
        pytest.param({"wings": [2, 2, 2]}, r"table planes: column_in_schema: wings", id="unknown column"),
    ],
)
def test_a_broken_table_is_refused_with_the_fault(changes: dict[str, object], expected: str) -> None:
    assert re.search(expected, refusal(**changes))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BrokenTableError, match="table planes: column_in_dataframe: seats"):
        check_table("planes", pd.DataFrame(PLANES).drop(columns="seats"), RAW)


def test_two_faults_are_both_named() -> None:
    message = refusal(seats=[149, -1, 180], engines=[2, 99, 2])
    assert "column seats" in message
    assert "column engines" in message


def test_a_code_that_no_other_table_knows_is_refused() -> None:
    flights = pd.DataFrame({"carrier": ["UA", "ZZ"], "origin": ["EWR"] * 2, "dest": ["EWR"] * 2})
    tables = {
        "flights": flights,
        "airlines": pd.DataFrame({"code": ["UA"]}),
        "airports": pd.DataFrame({"code": ["EWR"]}),
    }
    with pytest.raises(
        BrokenTableError, match=r"table flights, column carrier: 1 rows .* for example ZZ in row 1"
    ):
        check_relations(tables)

"""How rows are read: the same from either transport, and from the stock wrapper's arrays."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from feature_repo.schema import Family, Feature, Kind, RequestField
from serving.refusal import RefusedRequestError
from serving.requests import RequestReader
from serving.signature import Signature

WANTED = "2013-05-01T12:00:00+02:00"
ROW = {"shop": "a", "buyer": None, "pieces": 3, "weight": 1.5, "wanted_at": WANTED}


@pytest.fixture
def reader() -> RequestReader:
    signature = Signature(
        feature_service="imagined",
        features=(Feature(name="size", kind=Kind.NUMBER, family=Family.STABLE),),
        derived=(),
        request_fields=(
            RequestField(name="shop", type="string", reference="shops"),
            RequestField(name="buyer", type="string", null_key="NOBODY"),
            RequestField(name="pieces", type="integer"),
            RequestField(name="weight", type="number", minimum=0),
            RequestField(name="wanted_at", type="instant"),
        ),
        time_field="wanted_at",
        references={"shops": ("a", "b")},
        lead_minutes=60,
        label="sold",
        label_description="it is sold",
        timezone="America/New_York",
    )
    return RequestReader(signature, maximum_rows=10)


def read(reader: RequestReader, **changes: Any) -> pd.DataFrame:
    return reader.read({"rows": [{**ROW, **changes}]}, [])


def test_every_type_has_its_column(reader: RequestReader) -> None:
    table = read(reader)
    assert table.dtypes.astype(str).to_dict() == {
        "shop": "object",
        "buyer": "object",
        "pieces": "int64",
        "weight": "float64",
        "wanted_at": "datetime64[us, UTC]",
    }
    assert table["wanted_at"][0] == datetime(2013, 5, 1, 10, tzinfo=UTC)
    assert table["buyer"][0] is None


def test_a_whole_number_is_an_integer(reader: RequestReader) -> None:
    pd.testing.assert_frame_equal(read(reader, pieces=3.0), read(reader, pieces=3))


def test_columns_may_come_in_any_order(reader: RequestReader) -> None:
    names = list(ROW)[::-1]
    array = np.array([[ROW[name] for name in names]], dtype=object)
    pd.testing.assert_frame_equal(reader.read(array, names), read(reader))


def test_numbers_are_read_back_from_an_array_of_strings(reader: RequestReader) -> None:
    row = {**ROW, "buyer": "someone"}
    array = np.array([[str(value) for value in row.values()]])
    pd.testing.assert_frame_equal(reader.read(array, list(row)), read(reader, buyer="someone"))


@pytest.mark.parametrize("text", ["three", "", "-", "--1", ".", "1e5", "0x1", "nan", "٣x"])
def test_what_is_no_number_is_refused_from_an_array_of_strings(reader: RequestReader, text: str) -> None:
    row = {**ROW, "buyer": "someone", "pieces": text}
    with pytest.raises(RefusedRequestError, match="row 0: the field 'pieces' must be a number"):
        reader.read(np.array([[str(value) for value in row.values()]]), list(row))


@pytest.mark.parametrize("number", [2**53, -(2**53)])
def test_integers_are_taken_as_far_as_a_double_tells_them_apart(reader: RequestReader, number: int) -> None:
    assert read(reader, pieces=number)["pieces"][0] == number
    with pytest.raises(RefusedRequestError):
        read(reader, pieces=number + (1 if number > 0 else -1))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1e-9, True, "1"])
def test_a_number_is_finite_and_within_its_bounds(reader: RequestReader, number: Any) -> None:
    with pytest.raises(RefusedRequestError, match="row 0: the field 'weight'"):
        read(reader, weight=number)


def test_a_long_value_is_not_repeated_whole(reader: RequestReader) -> None:
    with pytest.raises(RefusedRequestError) as refused:
        read(reader, shop="x" * 10_000)
    assert len(str(refused.value)) < 150


def test_the_example_is_a_row_that_is_taken(reader: RequestReader) -> None:
    assert len(reader.read({"rows": [reader.example()]}, [])) == 1

"""What a training run may be told."""

import pytest
from pydantic import ValidationError

from components.train.parameters import TrainingParameters


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("seed", -1),
        ("device", "gpu"),
        ("patience", 0),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        TrainingParameters.model_validate({name: value})


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValidationError, match="epoch"):
        TrainingParameters.model_validate({"epoch": 3})

"""Parameters are converted and checked before anything starts, and a wrong one is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.parameters import ParameterError, checked
from pipelines.specification import Parameter, Specification, read_specification


@pytest.fixture
def specification(compiled: Path) -> Specification:
    return read_specification(compiled)


def test_what_is_given_is_converted_and_the_rest_has_its_default(specification: Specification) -> None:
    assert checked(specification, {"title": "a", "epochs": "3", "verbose": "true"}) == {
        "as_of": "",
        "epochs": 3,
        "device": "auto",
        "learning_rate": 0.001,
        "verbose": True,
        "title": "a",
    }


@pytest.mark.parametrize("text", ["", "2013-10-01", "2013-10-01T04:00:00Z", "2013-10-01T00:00:00-04:00"])
def test_an_instant_is_a_date_or_has_an_offset_or_is_empty(specification: Specification, text: str) -> None:
    assert checked(specification, {"title": "a", "as_of": text})["as_of"] == text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"colour": "red"}, "colour: the pipeline has no such parameter"),
        ({"epochs": "many"}, "epochs: 'many' is refused: input should be a valid integer"),
        ({"epochs": "2.5"}, "epochs: '2.5' is refused: input should be a valid integer"),
        ({"epochs": "0"}, "epochs: '0' is refused: input should be greater than or equal to 1"),
        ({"learning_rate": "nan"}, "learning_rate: 'nan' is refused: input should be a finite number"),
        ({"learning_rate": "2"}, "learning_rate: '2' is refused: input should be less than or equal to 1"),
        ({"device": "tpu"}, "device: 'tpu' is refused: input should be 'auto', 'cpu' or 'cuda'"),
        ({"as_of": "2013-13-01"}, "as_of: '2013-13-01' is neither a date nor an instant"),
        ({"as_of": "2013-10-01T00:00:00.5Z"}, "as_of: '2013-10-01T00:00:00.5Z' is finer than a second"),
        ({"as_of": "20131001"}, "as_of: '20131001' has no offset from UTC"),
        ({"as_of": "2013-10-01T00:00:00"}, "as_of: '2013-10-01T00:00:00' has no offset from UTC"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_that_names_the_parameter(
    specification: Specification, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ParameterError) as refused:
        checked(specification, {"title": "a", **given})
    assert str(refused.value).startswith(sentence)
    assert len(str(refused.value).splitlines()) == 1


def test_a_parameter_without_a_default_must_be_given(specification: Specification) -> None:
    with pytest.raises(ParameterError, match="title: the pipeline needs a value for it"):
        checked(specification, {})


@pytest.mark.parametrize("name", ["serving_image", "executor_image"])
@pytest.mark.parametrize(
    ("image", "fault"),
    [
        ("x:", "is no reference"),
        ("x: 1", "is no reference"),
        ("localhost/Ontime:1", "is no reference"),
        ("localhost/ontime-serving", "has neither a tag"),
        ("localhost/ontime-serving:latest", "has neither a tag"),
    ],
)
def test_an_image_that_cannot_be_published_is_refused_before_a_model_is_trained(
    specification: Specification, name: str, image: str, fault: str
) -> None:
    parameter = Parameter(name, str, None, "")
    with pytest.raises(ParameterError, match=f"^{name}: image '{image}' {fault}"):
        checked(replace(specification, parameters=(parameter,)), {name: image})


@pytest.mark.parametrize(
    "image", ["localhost/ontime-serving:dev", "registry:5000/a/b:1", f"a/b@sha256:{'a' * 64}"]
)
def test_an_image_is_named_by_a_tag_or_a_digest(specification: Specification, image: str) -> None:
    parameter = Parameter("serving_image", str, None, "")
    given = {"serving_image": image}
    assert checked(replace(specification, parameters=(parameter,)), given) == given


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target", "moon"),
        ("strategy", "all-at-once"),
        ("traffic", "100"),
        ("accelerators", "-1"),
        ("accelerators", "one"),
    ],
)
def test_what_no_cluster_can_do_is_refused_before_a_model_is_trained(
    specification: Specification, name: str, value: str
) -> None:
    parameter = Parameter(name, str, None, "")
    with pytest.raises(ParameterError, match=f"^{name}: '{value}' is refused"):
        checked(replace(specification, parameters=(parameter,)), {name: value})


@pytest.mark.parametrize("strategy", ["canary", "shadow"])
def test_a_second_predictor_on_this_machine_is_refused_before_a_model_is_trained(
    specification: Specification, strategy: str
) -> None:
    parameters = (Parameter("target", str, "local", ""), Parameter("strategy", str, "rolling", ""))
    publishing = replace(specification, parameters=parameters)
    with pytest.raises(ParameterError, match=f"^strategy: {strategy} needs target=cluster"):
        checked(publishing, {"strategy": strategy})
    on_a_cluster = {"strategy": strategy, "target": "cluster"}
    assert checked(publishing, on_a_cluster) == on_a_cluster

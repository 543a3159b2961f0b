"""A compiled pipeline tells its parameters, its steps and what its conditions mean."""

from pathlib import Path

import pytest

from pipelines.specification import Parameter, read_specification


def test_parameters_have_python_types_defaults_and_one_line_of_description(compiled: Path) -> None:
    parameters = {parameter.name: parameter for parameter in read_specification(compiled).parameters}
    assert parameters["epochs"] == Parameter("epochs", int, 8, "How often.")
    assert isinstance(parameters["epochs"].default, int)


def test_a_parameter_without_a_default_has_none(compiled: Path) -> None:
    (title,) = (p for p in read_specification(compiled).parameters if p.name == "title")
    assert title.default is None


def test_steps_are_in_the_order_of_their_dependencies_with_those_behind_conditions(compiled: Path) -> None:
    assert list(read_specification(compiled).steps.items()) == [
        ("judge", "registry.example/team/ontime-training:1"),
        ("hand-over", "registry.example/team/ontime-serving:1"),
    ]


def test_the_name_in_a_condition_leads_to_the_output_that_it_means(compiled: Path) -> None:
    channels = read_specification(compiled).channels
    assert channels == {"pipelinechannel--judge-promoted": ("judge", "promoted")}


@pytest.mark.parametrize("text", ["", "just a sentence", "kind: Deployment"])
def test_another_file_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.yaml is no compiled pipeline"):
        read_specification(path)


def test_a_parameter_that_is_not_flat_is_refused_by_its_name(compiled: Path) -> None:
    text = compiled.read_text(encoding="utf-8").replace(
        "as_of: {parameterType: STRING", "as_of: {parameterType: STRUCT"
    )
    compiled.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="parameter as_of is a STRUCT"):
        read_specification(compiled)

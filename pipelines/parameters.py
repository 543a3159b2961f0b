"""What a pipeline parameter may be; everything is checked before anything starts.

Types, defaults and descriptions come from the compiled pipeline; what a value of a given name must
fulfil besides stands here, for every pipeline that has a parameter of that name.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, ValidationError, create_model

from components.train.parameters import TrainingParameters
from pipelines.specification import Specification, Value
from serving.deployment import images


class ParameterError(ValueError):
    """A parameter cannot be right; the message is one sentence that names it."""


def _instant(text: str) -> str:
    # What the first step takes, which reads it with libraries that this environment does not have.
    wanted = "write a date (2013-10-01), an instant with its offset (2013-10-01T04:00:00Z), or nothing"
    if not text:
        return text
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is neither a date nor an instant: {wanted}") from error
    if instant.tzinfo is None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(f"{text!r} has no offset from UTC: {wanted}")
    if instant.microsecond:
        raise ValueError(f"{text!r} is finer than a second: {wanted}")
    return text


def _image(text: str) -> str:
    # What the last step accepts; it would refuse any other only once a model is trained.
    if fault := images.fault(text):
        raise ValueError(fault)
    return text


# A Seldon deployment's name is part of its Services' names, which may have 63 characters.
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=40)]
_Namespace = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63)]
_Image = Annotated[str, AfterValidator(_image)]

# The strategy for which one predictor is enough, all that serves on this machine.
ALONE = "rolling"

ACCEPTED: dict[str, Any] = {
    "as_of": Annotated[str, AfterValidator(_instant)],
    "validation_months": Annotated[int, Field(ge=1, le=12)],
    "test_months": Annotated[int, Field(ge=1, le=12)],
    # What the step itself accepts, from its own class.
    **{name: Annotated[field.annotation, field] for name, field in TrainingParameters.model_fields.items()},
    # Text, since the back end resolves a number to nothing where a step's limits are concerned.
    "accelerators": Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]?)$")],
    "deployment_name": _Name,
    "namespace": _Namespace,
    "target": Literal["local", "cluster"],
    "serving_image": _Image,
    "executor_image": _Image,
    "replicas": Annotated[int, Field(ge=1, le=100)],
    "engine": Literal["own", "operator"],
    "strategy": Literal["rolling", "canary", "shadow"],
    "traffic": Annotated[int, Field(ge=1, le=99)],
}


def checked(specification: Specification, given: Mapping[str, str]) -> dict[str, Value]:
    """The arguments of a run: what was given, converted and checked, and the defaults of the rest.

    Raises:
        ParameterError: A name that the pipeline lacks, a value of the wrong type or out of its range,
            a parameter without a default that was not given, or two that exclude each other.
    """
    fields: dict[str, Any] = {}
    for parameter in specification.parameters:
        accepted = ACCEPTED.get(parameter.name, parameter.type)
        default = ... if parameter.default is None else parameter.default
        fields[parameter.name] = (accepted, default)
    model = create_model("Arguments", __config__=ConfigDict(extra="forbid", frozen=True), **fields)
    try:
        arguments = model.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise ParameterError(_sentence(error)) from error
    if arguments.get("target") == "local" and arguments.get("strategy", ALONE) != ALONE:
        # The last step would refuse it, once a model is trained.
        raise ParameterError(
            f"strategy: {arguments['strategy']} needs target=cluster: one predictor serves here"
        )
    return arguments


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"{name}: the pipeline has no such parameter"
    if first["type"] == "missing":
        return f"{name}: the pipeline needs a value for it"
    if first["type"] == "value_error":
        return f"{name}: {first['ctx']['error']}"
    return f"{name}: {first['input']!r} is refused: {first['msg'][0].lower()}{first['msg'][1:]}"

"""The vocabulary in which a domain describes its requests and features to a model.

Nothing here knows flights: `request.py` and `services.py` use these words, the signature of a model
stores them, and the network and the serving nodes are built from them.
"""

from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Description(BaseModel):
    """A frozen description that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """How a model reads the float that stands for a feature."""

    NUMBER = "number"
    """A quantity; NaN where missing."""
    CATEGORY = "category"
    """The index of a code in a reference list; NaN where missing."""
    CYCLIC = "cyclic"
    """A position on a circle of `period` units, such as the hour of a day; NaN where missing."""


class Family(StrEnum):
    """How a feature is watched for drift."""

    STABLE = "stable"
    """Its distribution holds over the seasons, so windows are compared with the training data."""
    SEASONAL = "seasonal"
    """Every window differs from the year: only missing, zero and out-of-range shares are watched."""


class Feature(Description):
    """One column of a model's input.

    `view` and `ttl_seconds` are None for a feature that the request alone gives; a view without a
    time to live has a `view` and no `ttl_seconds`. With `direct=False` the network uses the column
    only through what is derived from it.
    """

    name: str
    kind: Kind
    family: Family
    view: str | None = None
    ttl_seconds: int | None = None
    reference: str | None = None
    period: float | None = None
    direct: bool = True

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind is Kind.CATEGORY) != (self.reference is not None):
            raise ValueError(f"{self.name}: a category, and only a category, names its reference list")
        if (self.kind is Kind.CYCLIC) != (self.period is not None):
            raise ValueError(f"{self.name}: a cyclic feature, and only that, has a period")
        if self.ttl_seconds is not None and self.view is None:
            raise ValueError(f"{self.name}: only a feature of a view has a time to live")
        return self


class Derived(Description):
    """A column that the network computes from two of its inputs, missing where either is missing.

    `ratio` is first / second (missing where the second is 0), `difference` is first - second.
    """

    name: str
    operation: Literal["ratio", "difference"]
    inputs: tuple[str, str]


class RequestField(Description):
    """One field that a client sends.

    A field with a `reference` accepts the codes of that list only. `null_key` is the key that stands
    for null where the field is a join key; only a field that has one may be null.
    """

    name: str
    type: Literal["string", "integer", "number", "instant"]
    reference: str | None = None
    null_key: str | None = None
    minimum: float | None = None
    maximum: float | None = None

"""The signature of a model: what it takes, what that means, and what it was trained on.

Everything that serves, watches or validates a model reads this instead of knowing the domain.
"""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from feature_repo.schema import Derived, Description, Feature, Kind, RequestField


class TrainingRange(Description):
    """The first and the last instant at which a training row was predicted, both included."""

    start: AwareDatetime
    end: AwareDatetime


class Signature(Description):
    """What a model takes, in order, and how a request becomes that.

    - `features`: the columns of the model's input, in order.
    - `derived`: what the network computes from them.
    - `request_fields`, `time_field`: what a client sends; the instant from which `lead_minutes` are
      taken off to get the instant of the prediction.
    - `references`: the codes that exist, by list; a category's float is an index into its list.
    - `vocabularies`: the codes that the model was trained on, by feature; empty before training.
    - `label`: the column of frames that holds the truth (0 or 1).
    - `timezone`: in which months, days and windows are counted.
    - `slices`: the category features by which performance is reported.
    """

    version: int = 1
    feature_service: str
    features: tuple[Feature, ...]
    derived: tuple[Derived, ...]
    request_fields: tuple[RequestField, ...]
    time_field: str
    references: dict[str, tuple[str, ...]]
    vocabularies: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    lead_minutes: int
    label: str
    label_description: str
    timezone: str
    slices: tuple[str, ...] = ()
    training_range: TrainingRange | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = self.feature_names
        if len(set(names)) != len(names):
            raise ValueError("a feature is listed twice")
        lists = [feature.reference for feature in self.features] + [f.reference for f in self.request_fields]
        for reference in lists:
            if reference is not None and reference not in self.references:
                raise ValueError(f"no reference list is called {reference!r}")
        inputs = {name for derived in self.derived for name in derived.inputs}
        unknown = (inputs | set(self.slices) | set(self.vocabularies)) - set(names)
        if unknown:
            raise ValueError(f"not among the features: {sorted(unknown)}")
        if self.time_field not in {field.name for field in self.request_fields}:
            raise ValueError(f"the time field {self.time_field!r} is no request field")
        return self

    @property
    def feature_names(self) -> list[str]:
        """The names of the model's input columns, in order."""
        return [feature.name for feature in self.features]

    def of_kind(self, kind: Kind) -> list[Feature]:
        """The features of one kind, in the model's order."""
        return [feature for feature in self.features if feature.kind is kind]

    def trained(
        self, vocabularies: dict[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> "Signature":
        """This signature with what training adds to it."""
        training_range = TrainingRange(start=start, end=end)
        return self.model_copy(update={"vocabularies": vocabularies, "training_range": training_range})

    def write(self, path: Path) -> None:
        """Write `signature.json`."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `signature.json`; raises pydantic.ValidationError where it is not one."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

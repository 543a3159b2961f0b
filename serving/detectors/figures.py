"""What the detectors of a model were measured to find: the classes of `figures.json`.

Every share is between 0 and 1. This file imports nothing but pydantic, since the environment that
decides about a model reads the figures without having Alibi Detect.
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

FILE_NAME = "figures.json"

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Measured(BaseModel):
    """Frozen and strict: an unknown key, a number as text or a value that is not finite is refused.

    So are figures without a planted fault: a gate would pass detectors that were never tried.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class OutlierFigures(Measured):
    """Of the rows with a planted fault, the share found; of untouched test rows, the share flagged.

    `faults`: name of the fault → share found. `rows`: how many rows each share was measured on.
    """

    faults: dict[str, Share] = Field(min_length=1)
    false_alarm_share: Share
    rows: Count


class WindowFault(Measured):
    """Of `windows` windows with a planted fault, the share that alarmed.

    `by`: the share that alarmed by each statistic, those that never did left out.
    """

    found_share: Share
    windows: Count
    by: dict[str, Share]


class DriftFigures(Measured):
    """How often windows alarm: left-out training months, planted faults, and test months as they are.

    `false_alarm_share` is measured on `windows` windows of training months, each judged by limits that
    were fitted without its month. `limits` holds the limit of each statistic by its name.
    """

    window_hours: Count
    minimum_rows: Count
    windows: Count
    false_alarm_share: Share
    limits: dict[str, float]
    faults: dict[str, WindowFault] = Field(min_length=1)
    untouched_test_alarm_share: Share
    untouched_test_windows: Count


class PredictionFigures(Measured):
    """How often the distribution of the model's probabilities alarms; as for `DriftFigures`."""

    window_hours: Count
    minimum_rows: Count
    windows: Count
    false_alarm_share: Share
    limit: float
    untouched_test_alarm_share: Share
    untouched_test_windows: Count


class DetectorFigures(Measured):
    """All of `figures.json`."""

    outlier: OutlierFigures
    drift: DriftFigures
    prediction: PredictionFigures

    def write(self, directory: Path) -> None:
        """Write `figures.json` into the directory of the detectors."""
        (directory / FILE_NAME).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read `figures.json`; raises pydantic.ValidationError where it is not one."""
        return cls.model_validate_json((directory / FILE_NAME).read_text(encoding="utf-8"))

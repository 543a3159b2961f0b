"""Which months train, validate and test: whole months of local time, the latest ones tested."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

FEWEST_TRAINING_MONTHS = 3
"""The detectors find their limits by leaving months of training out, each by two others at least."""


@dataclass(frozen=True)
class Splits:
    """The months of each split, in the order of time; each split follows the one before it."""

    train: pd.PeriodIndex
    validation: pd.PeriodIndex
    test: pd.PeriodIndex

    def items(self) -> list[tuple[str, pd.PeriodIndex]]:
        """Name and months of each split."""
        return [("train", self.train), ("validation", self.validation), ("test", self.test)]


def month_splits(
    times: pd.Series, as_of: datetime, timezone: str, validation_months: int, test_months: int
) -> Splits:
    """Split the months that were over at `as_of`.

    Args:
        times: [n] timezone-aware instants by which rows are counted into months.
        as_of: a month counts if it had ended by then.
        timezone: in which months are counted.
        validation_months: how many months validate, at least 1.
        test_months: how many months, the last ones, test, at least 1.

    Raises:
        ValueError: a count is below 1, or too few months are left to train on.
    """
    for name, count in (("validation_months", validation_months), ("test_months", test_months)):
        if count < 1:
            raise ValueError(f"{name} must be at least 1, not {count}")
    current = pd.Period(as_of.astimezone(ZoneInfo(timezone)).strftime("%Y-%m"), freq="M")
    months = pd.PeriodIndex(sorted(months_of(times, timezone).unique()), freq="M")
    over = months[months < current]
    held_out = validation_months + test_months
    if (left := max(len(over) - held_out, 0)) < FEWEST_TRAINING_MONTHS:
        raise ValueError(
            f"{len(over)} whole months lie before {as_of.isoformat()}: with {validation_months} "
            f"for validation and {test_months} for test {left} are left to train on, "
            f"and {FEWEST_TRAINING_MONTHS} are needed"
        )
    return Splits(over[:-held_out], over[-held_out:-test_months], over[-test_months:])


def months_of(times: pd.Series, timezone: str) -> pd.Series:
    """The local month of each instant."""
    return times.dt.tz_convert(timezone).dt.tz_localize(None).dt.to_period("M")

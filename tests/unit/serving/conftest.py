"""Rows of an imagined model with known structure: four months of days, each with the same weekly schedule."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from feature_repo.schema import Family, Feature, Kind, RequestField
from serving.detectors.drift import DriftDetector
from serving.detectors.outlier import OutlierDetector, left_out_flags
from serving.detectors.windows import months
from serving.signature import Signature
from tests.examples.serving.metrics_in_memory import pytest_collection_finish  # noqa: F401 - a hook

ROWS_A_DAY = 120
STABLE, SEASONAL = Family.STABLE, Family.SEASONAL


@dataclass(frozen=True)
class Watched:
    """A model's signature with its training rows, and the column of each feature."""

    signature: Signature
    rows: NDArray[np.float32]
    times: pd.DatetimeIndex

    def column(self, name: str) -> int:
        return self.signature.feature_names.index(name)


@pytest.fixture(scope="session")
def signature() -> Signature:
    return Signature(
        feature_service="imagined",
        features=(
            Feature(name="shop_code", kind=Kind.CATEGORY, family=STABLE, reference="shops"),
            Feature(name="hour", kind=Kind.CYCLIC, family=STABLE, period=24),
            Feature(name="size", kind=Kind.NUMBER, family=STABLE),
            Feature(name="warmth", kind=Kind.NUMBER, family=SEASONAL),
            Feature(name="damp", kind=Kind.NUMBER, family=SEASONAL),
            Feature(name="stock", kind=Kind.NUMBER, family=SEASONAL, view="stocks", ttl_seconds=7 * 86_400),
            Feature(name="edition", kind=Kind.NUMBER, family=SEASONAL),
        ),
        derived=(),
        request_fields=(RequestField(name="wanted_at", type="instant"),),
        time_field="wanted_at",
        references={"shops": ("a", "b", "c", "d", "never")},
        lead_minutes=60,
        label="sold",
        label_description="it is sold",
        timezone="America/New_York",
    )


def rows_of_days(days: pd.DatetimeIndex, seed: int) -> tuple[NDArray[np.float32], pd.DatetimeIndex]:
    """Rows of local days: warmth follows the year, damp follows warmth closely, edition never varies."""
    generator = np.random.default_rng(seed)
    count = len(days) * ROWS_A_DAY
    hours = np.tile(np.sort(5 + 18 * np.linspace(0, 1, ROWS_A_DAY)), len(days))
    times = days.repeat(ROWS_A_DAY) + pd.to_timedelta(hours, unit="h")
    weekend = times.dayofweek.to_numpy() >= 5
    warmth = 50 + 20 * np.sin(2 * np.pi * times.dayofyear / 365) + generator.normal(0, 5, count)
    rows = np.column_stack(
        [
            np.where(weekend, generator.integers(0, 2, count), generator.integers(0, 4, count)),
            np.clip(hours + generator.normal(0, 0.3, count), 0, 23.9),
            generator.normal(100, 20, count),
            warmth,
            warmth - 10 + generator.normal(0, 1, count),
            generator.exponential(5, count) + 1,
            np.full(count, 2013),
        ]
    ).astype(np.float32)
    rows[generator.random(count) < 0.1, 4] = np.nan
    return rows, times.tz_convert("UTC")


@pytest.fixture(scope="session")
def watched(signature: Signature) -> Watched:
    days = pd.date_range("2013-01-01", "2013-04-30", tz="America/New_York")
    rows, times = rows_of_days(days, seed=1)
    return Watched(signature, rows, times)


@pytest.fixture(scope="session")
def later(signature: Signature) -> Watched:
    """The 14 days after training, as they come."""
    days = pd.date_range("2013-05-01", "2013-05-14", tz="America/New_York")
    rows, times = rows_of_days(days, seed=2)
    return Watched(signature, rows, times)


@pytest.fixture(scope="session")
def outlier_detector(watched: Watched) -> OutlierDetector:
    return OutlierDetector.fit(watched.rows, watched.signature)


@pytest.fixture(scope="session")
def drift_detector(watched: Watched) -> DriftDetector:
    month = months(watched.times, watched.signature.timezone)
    flags = left_out_flags(watched.rows, month, watched.signature, seed=3)
    return DriftDetector.fit(watched.rows, watched.times, flags, watched.signature, seed=3)

"""The step from frames and an ONNX file to a directory of detectors with their figures."""

import base64
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.fit_detectors.detection import Sources, fit_and_measure
from components.fit_detectors.fitting import Detectors
from components.fit_detectors.frames import rows_of
from components.fit_detectors.measurement import drift_verdicts
from feature_repo.faults import WINDOW_FAULTS
from feature_repo.schema import Family, Feature, Kind, RequestField
from serving.detectors.drift import DriftDetector
from serving.detectors.figures import DetectorFigures
from serving.detectors.outlier import OutlierDetector
from serving.detectors.prediction import PredictionDetector
from serving.signature import Signature

NEW_YORK = "America/New_York"
ROWS_A_DAY = 300
SEED = 1
# opset 13: probability = Sigmoid(0.01 * ReduceMean(Where(IsNaN(features), 0, features), axes=[1])).
NETWORK = base64.b64decode(
    "CAg6lgIKFwoIZmVhdHVyZXMSBGdvbmUiBUlzTmFOCiQKBGdvbmUKBHplcm8KCGZlYXR1cmVzEgV0aGVyZSIFV2hlcmUK"
    "NwoFdGhlcmUSBG1lYW4iClJlZHVjZU1lYW4qCwoEYXhlc0ABoAEHKg8KCGtlZXBkaW1zGAGgAQIKGgoEbWVhbgoFc2Nh"
    "bGUSBnNjYWxlZCIDTXVsCh4KBnNjYWxlZBILcHJvYmFiaWxpdHkiB1NpZ21vaWQSAWcqDhABQgR6ZXJvSgQAAAAAKg8Q"
    "AUIFc2NhbGVKBArXIzxaHAoIZmVhdHVyZXMSEAoOCAESCgoDEgFuCgMSAWZiHgoLcHJvYmFiaWxpdHkSDwoNCAESCQoD"
    "EgFuCgIIAUIECgAQDQ=="
)


def number(name: str, family: Family) -> Feature:
    return Feature(name=name, kind=Kind.NUMBER, family=family)


@pytest.fixture(scope="module")
def signature() -> Signature:
    return Signature(
        feature_service="flights",
        features=(
            Feature(name="carrier_code", kind=Kind.CATEGORY, family=Family.STABLE, reference="airlines"),
            Feature(name="departure_hour", kind=Kind.CYCLIC, family=Family.STABLE, period=24),
            Feature(name="departure_weekday", kind=Kind.CYCLIC, family=Family.STABLE, period=7),
            number("elapsed_minutes", Family.STABLE),
            number("planes__seats", Family.STABLE),
            number("weather__temperature_fahrenheit", Family.SEASONAL),
            number("weather__dew_point_fahrenheit", Family.SEASONAL),
            number("weather__wind_speed_mph", Family.SEASONAL),
            number("weather__pressure_millibars", Family.SEASONAL),
            number("routes__late_share", Family.SEASONAL),
        ),
        derived=(),
        request_fields=(RequestField(name="scheduled_departure", type="instant"),),
        time_field="scheduled_departure",
        references={"airlines": ("DL", "UA")},
        lead_minutes=60,
        label="late",
        label_description="late",
        timezone=NEW_YORK,
    )


def frame(start: str, end: str, seed: int) -> pd.DataFrame:
    """Flights of imagined days: two carriers with routes of their own, and weather that hangs together."""
    generator = np.random.default_rng(seed)
    days = pd.date_range(start, end, tz=NEW_YORK, inclusive="left")
    count = len(days) * ROWS_A_DAY
    hours = np.tile(np.linspace(5, 23, ROWS_A_DAY), len(days))
    times = days.repeat(ROWS_A_DAY) + pd.to_timedelta(hours, unit="h")
    code = generator.integers(0, 2, count)
    temperature = 55 + 15 * np.sin(times.dayofyear / 4) + generator.normal(0, 4, count)
    features = {
        "carrier_code": code,
        "departure_hour": hours,
        "departure_weekday": times.dayofweek,
        "elapsed_minutes": generator.normal(150, 30, count),
        "planes__seats": generator.choice([55, 149, 200], count),
        "weather__temperature_fahrenheit": temperature,
        "weather__dew_point_fahrenheit": temperature - 12 + generator.normal(0, 2, count),
        "weather__wind_speed_mph": generator.gamma(4, 2.5, count),
        "weather__pressure_millibars": generator.normal(1015, 7, count),
        "routes__late_share": generator.beta(2, 6, count),
    }
    keys = {
        "carrier": np.array(["DL", "UA"])[code],
        "origin": "JFK",
        "dest": np.array(["ATL", "ORD"])[code],
        "event_timestamp": times.tz_convert("UTC").as_unit("us"),
    }
    numbers = {name: np.asarray(column, dtype=np.float32) for name, column in features.items()}
    return pd.DataFrame({**keys, **numbers, "late": code.astype(np.int8)})


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, signature: Signature) -> Sources:
    directory = tmp_path_factory.mktemp("sources")
    (directory / "model.onnx").write_bytes(NETWORK)
    signature.write(directory / "signature.json")
    cuts = ["2013-01-01", "2013-05-01", "2013-06-01", "2013-07-01"]
    paths = [directory / f"{name}.parquet" for name in ("train", "validation", "test")]
    for seed, (path, (start, end)) in enumerate(zip(paths, pairwise(cuts), strict=True)):
        frame(start, end, seed).to_parquet(path)
    train, validation, test = paths
    return Sources(train, validation, test, network=directory)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Path:
    target = tmp_path_factory.mktemp("step") / "detectors"
    fit_and_measure(sources, target, seed=SEED)
    return target


@pytest.fixture(scope="module")
def figures(target: Path) -> DetectorFigures:
    return DetectorFigures.read(target)


def test_the_directory_holds_three_detectors_and_their_figures(target: Path) -> None:
    assert {path.name for path in target.iterdir()} == {"outlier", "drift", "prediction", "figures.json"}


def test_nothing_in_it_can_run_code(target: Path) -> None:
    suffixes = {path.suffix for path in target.rglob("*") if path.is_file()}
    assert suffixes == {".npy", ".toml", ".json"}


def test_nearly_every_row_with_a_fault_is_found(figures: DetectorFigures) -> None:
    assert min(figures.outlier.faults.values()) >= 0.99


def test_sound_rows_are_seldom_flagged(figures: DetectorFigures) -> None:
    assert figures.outlier.false_alarm_share < 0.01


def test_nearly_every_window_with_a_fault_alarms(figures: DetectorFigures) -> None:
    assert {name: f.found_share for name, f in figures.drift.faults.items() if f.found_share < 0.95} == {}


def test_faults_are_planted_in_the_windows_of_the_two_latest_months(figures: DetectorFigures) -> None:
    assert {fault.windows for fault in figures.drift.faults.values()} == {31 + 30}


def test_left_out_months_seldom_alarm(figures: DetectorFigures) -> None:
    assert figures.drift.false_alarm_share <= 0.1


def test_every_statistic_has_its_limit(figures: DetectorFigures) -> None:
    assert {"distance:carrier_code", "missing:planes__seats", "outliers"} <= set(figures.drift.limits)


@pytest.mark.parametrize("name", ["celsius_reported", "pressure_zeroed"])
def test_seasonal_faults_alarm_by_the_outlier_rate(
    target: Path, sources: Sources, signature: Signature, name: str
) -> None:
    detectors = Detectors(
        OutlierDetector.load(target / "outlier"),
        DriftDetector.load(target / "drift", signature),
        PredictionDetector.load(target / "prediction"),
    )
    spoiled = WINDOW_FAULTS[name](pd.read_parquet(sources.test), np.random.default_rng(1))
    verdicts = drift_verdicts(detectors, rows_of(spoiled, signature))
    assert np.mean(["outliers" in verdict.above for verdict in verdicts]) >= 0.95


def test_a_second_run_replaces_the_first_with_the_same(target: Path, sources: Sources) -> None:
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    fit_and_measure(sources, target, seed=SEED)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


def test_a_frame_without_rows_is_named(tmp_path: Path, sources: Sources) -> None:
    empty = tmp_path / "empty.parquet"
    pd.read_parquet(sources.test).iloc[:0].to_parquet(empty)
    broken = Sources(sources.train, sources.validation, empty, sources.network)
    with pytest.raises(ValueError, match=r"empty\.parquet has no rows"):
        fit_and_measure(broken, tmp_path / "detectors", seed=1)
    assert not (tmp_path / "detectors").exists()

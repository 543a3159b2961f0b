"""The example's small model with all its detectors, published as a pipeline would, with its online store."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.publish.directory import publish_to_directory
from feature_repo.schema import Kind
from serving.artifact import ModelDirectory, assemble, read
from serving.detectors.drift import DriftDetector
from serving.detectors.prediction import PredictionDetector
from tests.examples.serving.model_parts import local_settings
from tests.examples.serving.served_model import SIGNATURE, training_rows, write_served_model

DEPLOYMENT = "ontime"
ROWS_A_DAY = 20


@dataclass(frozen=True)
class Example:
    """The parts of the model, of which each card makes another version, and its online store."""

    parts: Mapping[str, Path]
    online_store: str

    def version(self, target: Path, card: str = "# A small model\n") -> ModelDirectory:
        assemble(target, **self.parts, metrics={}, card=card)
        return read(target)


def make_example(directory: Path) -> Example:
    """Make the parts in an empty directory."""
    model = write_served_model(directory)
    parts = {name: directory / "parts" / name for name in ("network", "contract", "detectors")}
    _fit_detectors(parts["detectors"])
    return Example(parts, model.online_store)


def publish_example(directory: Path) -> str:
    """Publish below `directory/published`; returns the content hash."""
    example = make_example(directory / "made")
    model = example.version(directory / "watched")
    published = directory / "published" / DEPLOYMENT
    settings = local_settings(
        name=DEPLOYMENT,
        online_store=example.online_store,
        monitor_database=f"sqlite:///{published / 'monitor.db'}",
        timing={"shutdown_delay": 2, "request": 5, "drain": 2},
    )
    publish_to_directory(model, settings, published)
    return model.content_hash


def _fit_detectors(directory: Path) -> None:
    """Fit the detectors of windows, of which the model without a monitor has placeholders."""
    days = pd.date_range("2013-01-01", "2013-04-30", tz=SIGNATURE.timezone)
    hours = np.tile(np.linspace(5, 22, ROWS_A_DAY), len(days))
    times = (days.repeat(ROWS_A_DAY) + pd.to_timedelta(hours, unit="h")).tz_convert("UTC")
    rows = _coded(training_rows(len(times)))
    outliers = np.zeros(len(rows), dtype=bool)
    probabilities = np.random.default_rng(4).uniform(0, 1, len(rows)).astype(np.float32)
    for kind in ("drift", "prediction"):
        (directory / kind / "detector.toml").unlink()
        (directory / kind).rmdir()
    DriftDetector.fit(rows, times, outliers, SIGNATURE, seed=3).save(directory / "drift")
    PredictionDetector.fit(probabilities, times, SIGNATURE.timezone, seed=5).save(directory / "prediction")


def _coded(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows with whole codes where a category is."""
    categories = [feature.kind is Kind.CATEGORY for feature in SIGNATURE.features]
    return np.where(categories, np.abs(np.rint(rows)), rows).astype(np.float32)

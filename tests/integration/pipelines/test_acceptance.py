"""The whole year on the road: both compiled pipelines as of 2 January 2014, and what the model must reach.

The limits stand here as they were agreed on, not as the gate has them, so that neither moves alone.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from serving.artifact import content_hash

ROOT = Path(__file__).parents[3]
AS_OF = "2014-01-02"


class Road(NamedTuple):
    """What a run of both pipelines left behind."""

    metrics: dict[str, Any]
    decision: dict[str, Any]
    figures: dict[str, Any]
    report: str
    published: Path
    summary: str


def run(pipeline: str, directory: Path) -> str:
    stores = {"FEATURE_STORE_URI": "store", "PUBLISH_URI": "published"}
    variables = {f"ONTIME_{name}": str(directory / place) for name, place in stores.items()}
    variables["ONTIME_ONLINE_STORE"] = f"sqlite:///{directory / 'online.db'}"
    command = [sys.executable, "-m", "pipelines", "run", "--runs", str(directory / "runs"), pipeline]
    ended = subprocess.run(
        [*command, "--as-of", AS_OF],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def artifact(directory: Path, step: str, name: str) -> Path:
    (path,) = (directory / "runs").glob(f"training-*/training-*/{step}/{name}")
    return path


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    directory = tmp_path_factory.mktemp("acceptance")
    run("features", directory)
    summary = run("training", directory)
    documents = {
        "metrics": artifact(directory, "validate", "model") / "metrics.json",
        "decision": artifact(directory, "validate", "decision"),
        "figures": artifact(directory, "fit-detectors", "detectors") / "figures.json",
    }
    return Road(
        **{name: json.loads(path.read_text(encoding="utf-8")) for name, path in documents.items()},
        report=artifact(directory, "validate", "report").read_text(encoding="utf-8"),
        published=directory / "published" / "ontime",
        summary=summary,
    )


def test_every_labelled_row_is_trained_on_or_tested(road: Road) -> None:
    assert sum(period["rows"] for period in road.metrics["periods"].values()) == 327_346


def test_the_test_months_are_the_last_quarter(road: Road) -> None:
    assert list(road.metrics["months"]) == ["2013-10", "2013-11", "2013-12"]


def test_the_model_ranks_late_arrivals_first(road: Road) -> None:
    assert 0.735 <= road.metrics["test"]["auc"] <= 0.80


def test_the_model_is_precise(road: Road) -> None:
    assert road.metrics["test"]["average_precision"] >= 0.505


def test_the_model_beats_the_base_rate(road: Road) -> None:
    assert road.metrics["test"]["brier_skill"] >= 0.10


def test_the_model_holds_in_every_month(road: Road) -> None:
    assert min(month["auc"] for month in road.metrics["months"].values()) >= 0.69


def test_logistic_regression_is_not_better(road: Road) -> None:
    assert road.metrics["baseline"]["auc"] - road.metrics["test"]["auc"] <= 0.005


def test_the_gate_judged_by_the_full_limits(road: Road) -> None:
    assert road.decision["promoted"]
    assert not road.decision["short_test"]


def test_every_planted_outlier_is_found(road: Road) -> None:
    assert len(road.figures["outlier"]["faults"]) == 6
    assert min(road.figures["outlier"]["faults"].values()) >= 0.99


def test_outlier_alarms_are_rarely_false(road: Road) -> None:
    assert road.figures["outlier"]["false_alarm_share"] < 0.01


def test_every_planted_drift_is_found_in_two_months_of_windows(road: Road) -> None:
    faults = road.figures["drift"]["faults"].values()
    assert len(faults) == 6
    assert min(fault["windows"] for fault in faults) >= 55
    assert min(fault["found_share"] for fault in faults) >= 0.95


@pytest.mark.parametrize("fault", ["celsius_reported", "pressure_zeroed"])
def test_wrong_weather_is_found_by_the_rate_of_outliers(road: Road, fault: str) -> None:
    assert road.figures["drift"]["faults"][fault]["by"]["outliers"] >= 0.95


def test_drift_alarms_are_rarely_false_in_left_out_months(road: Road) -> None:
    assert road.figures["drift"]["false_alarm_share"] <= 0.10


def test_the_report_needs_nothing_beside_itself(road: Road) -> None:
    assert re.findall(r"""(?:src|href)=["']?(?!data:|#)[^"'\s>]+""", road.report) == []
    assert "<script" not in road.report


def test_the_manifest_names_the_model_that_lies_beside_it(road: Road) -> None:
    manifest = yaml.safe_load((road.published / "seldondeployment.yaml").read_text(encoding="utf-8"))
    (model,) = (road.published / "models").iterdir()
    assert content_hash(model) == model.name
    assert model.name in manifest["metadata"]["annotations"].values()


def test_the_summary_names_every_step(road: Road) -> None:
    for step in ("retrieve-features", "train", "fit-detectors", "validate", "publish"):
        assert re.search(rf"^ +{step} +succeeded +[\d.]+ s +[\d,]+ MB", road.summary, re.MULTILINE)

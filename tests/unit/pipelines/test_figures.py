"""The tables of a judged model say what the files say."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from pipelines.figures import checks_table, detectors_table, performance_table
from pipelines.local.decision import Decision
from serving.detectors.figures import DetectorFigures


def rows(table: Table) -> list[list[str]]:
    """The cells of each line that has some, in columns that no cell fills."""
    console = Console(file=io.StringIO(), width=160)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    return [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in lines if line.strip()]


DECISION = Decision(
    step="judge",
    promoted=False,
    checks=(
        {"name": "test AUC", "value": 0.741234, "rule": "at least", "limit": 0.735, "passed": True},
        {"name": "challenger", "value": None, "limit": 0.0, "passed": False},
    ),
)


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    watched = {
        "window_hours": 24,
        "minimum_rows": 300,
        "windows": 240,
        "untouched_test_alarm_share": 0.25,
        "untouched_test_windows": 30,
    }
    fault = {"found_share": 1.0, "windows": 60, "by": {}}
    figures = {
        "outlier": {"faults": {"too hot": 0.995}, "false_alarm_share": 0.004, "rows": 1000},
        "drift": {**watched, "false_alarm_share": 0.08, "limits": {}, "faults": {"no seats": fault}},
        "prediction": {**watched, "false_alarm_share": 0.05, "limit": 0.2},
    }
    DetectorFigures.model_validate(figures).write(tmp_path)
    return tmp_path


def test_the_model_stands_beside_its_baseline(tmp_path: Path) -> None:
    performance = {
        "rows": 27000,
        "base_rate": 0.137,
        "average_precision": 0.4,
        "brier": 0.1,
        "brier_skill": 0.1,
    }
    metrics = {"test": {**performance, "auc": 0.74}, "baseline": {**performance, "auc": 0.73}}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    table = performance_table(tmp_path)
    assert table.title == "on 27,000 test rows, of which 13.7% are positive"
    assert ["AUC", "0.7400", "0.7300"] in rows(table)


def test_each_check_has_its_verdict_value_and_limit() -> None:
    assert ["test AUC", "passed", "0.7412", "at least 0.7350"] in rows(checks_table(DECISION))


def test_a_check_without_a_number_is_shown_all_the_same() -> None:
    assert ["challenger", "refused", "None", "0.0000"] in rows(checks_table(DECISION))


@pytest.mark.parametrize(
    "row",
    [
        ["outlier", "too hot", "99.5%", "1,000 rows"],
        ["outlier", "untouched test rows (false alarms)", "0.4%", "1,000 rows"],
        ["drift", "no seats", "100.0%", "60 windows"],
        ["drift", "left-out training months (false alarms)", "8.0%", "240 windows"],
        ["prediction", "untouched test months (alarms)", "25.0%", "30 windows"],
    ],
)
def test_each_detector_shows_what_it_finds_and_flags_wrongly(detectors: Path, row: list[str]) -> None:
    assert row in rows(detectors_table(detectors))

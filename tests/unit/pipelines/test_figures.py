"""The tables of a judged model say what the files say."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from pipelines.figures import checks_table, detectors_table
from serving.detectors.figures import DetectorFigures


def rows(table: Table) -> list[list[str]]:
    """The cells of each line that has some, in columns that no cell fills."""
    console = Console(file=io.StringIO(), width=160)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    return [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in lines if line.strip()]


@pytest.fixture
def decision(tmp_path: Path) -> Path:
    path = tmp_path / "decision.json"
    checks = [
        {"name": "test AUC", "value": 0.741234, "limit": 0.735, "passed": True},
        {"name": "challenger", "value": None, "limit": None, "passed": False},
    ]
    path.write_text(json.dumps({"promoted": False, "checks": checks}), encoding="utf-8")
    return path


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    watched = {
        "window_hours": 24,
        "minimum_rows": 300,
        "windows": 240,
        "untouched_test_alarm_share": 0.25,
        "untouched_test_windows": 30,
    }
    fault = {"found_share": 1.0, "windows": 60}
    figures = {
        "outlier": {"faults": {"too hot": 0.995}, "false_alarm_share": 0.004, "rows": 1000},
        "drift": {**watched, "false_alarm_share": 0.08, "limits": {}, "faults": {"no seats": fault}},
        "prediction": {**watched, "false_alarm_share": 0.05, "limit": 0.2},
    }
    DetectorFigures.model_validate(figures).write(tmp_path)
    return tmp_path


def test_each_check_has_its_value_limit_and_verdict(decision: Path) -> None:
    assert ["test AUC", "0.7412", "0.735", "passed"] in rows(checks_table(decision))


def test_a_check_without_a_number_is_shown_all_the_same(decision: Path) -> None:
    assert ["challenger", "None", "None", "failed"] in rows(checks_table(decision))


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

"""How a run ended is its exit code, and a refusal names the checks that failed."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.local.records import ArtifactRecord, RunRecord, State, StepRecord
from pipelines.local.summary import exit_code, show


def record(*steps: StepRecord, stopped: bool = False, directory: Path = Path("/nowhere")) -> RunRecord:
    return RunRecord("small", directory, steps, stopped=stopped)


@pytest.fixture
def judging(tmp_path: Path) -> Callable[[bool], StepRecord]:
    """A step that wrote its decision: a check that passed, and one that did as it is told."""

    def judging(promoted: bool) -> StepRecord:
        path = tmp_path / "decision"
        checks = [
            {"name": "auc", "value": 0.74, "limit": 0.7, "passed": True},
            {"name": "skill", "value": 0.02, "rule": "at least", "limit": 0.1, "passed": promoted},
        ]
        path.write_text(json.dumps({"promoted": promoted, "checks": checks}), encoding="utf-8")
        artifacts = {"decision": ArtifactRecord("system.Artifact", path)}
        return StepRecord("judge", State.SUCCEEDED, artifacts=artifacts)

    return judging


FAILING = StepRecord("train", State.FAILED, exit_code=1)


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (record(StepRecord("train", State.SUCCEEDED)), 0),
        (record(FAILING), 1),
        (record(StepRecord("train", State.STOPPED), stopped=True), 130),
        (record(StepRecord("train", State.NOT_RUN), stopped=True), 130),
    ],
    ids=["success", "failure", "stopped in a step", "stopped before the first step"],
)
def test_the_ending_decides_the_exit_code(ended: RunRecord, code: int) -> None:
    assert exit_code(ended) == code


@pytest.mark.parametrize(("promoted", "code"), [(True, 0), (False, 3)])
def test_a_decision_decides_the_exit_code(
    judging: Callable[[bool], StepRecord], promoted: bool, code: int
) -> None:
    assert exit_code(record(judging(promoted))) == code


def test_a_failure_after_a_refusal_is_a_failure(judging: Callable[[bool], StepRecord]) -> None:
    assert exit_code(record(judging(False), FAILING)) == 1


def test_a_refusal_names_the_checks_that_failed_alone(
    judging: Callable[[bool], StepRecord], tmp_path: Path
) -> None:
    shown = io.StringIO()
    show(record(judging(False), directory=tmp_path), Console(file=shown))
    _, _, told = shown.getvalue().partition("judge refused what it judged:")
    assert told.split("\n") == ["", "  skill: 0.02, at least 0.1", ""]

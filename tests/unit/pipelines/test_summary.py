"""How a run ended is its exit code, and a refusal names the checks that failed."""

import json
from pathlib import Path

import pytest

from pipelines.local.records import ArtifactRecord, RunRecord, State, StepRecord
from pipelines.local.summary import exit_code, failed_checks, sought_artifacts


def record(*steps: StepRecord, stopped: bool = False) -> RunRecord:
    return RunRecord("small", Path("/nowhere"), steps, stopped=stopped)


PASSED = StepRecord("judge", State.SUCCEEDED, parameters={"promoted": True})
REFUSING = StepRecord("judge", State.SUCCEEDED, parameters={"promoted": False})
FAILING = StepRecord("train", State.FAILED)


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (record(PASSED), 0),
        (record(FAILING), 1),
        (record(REFUSING), 3),
        (record(REFUSING, FAILING), 1),
        (record(StepRecord("train", State.STOPPED), stopped=True), 130),
    ],
    ids=["success", "failure", "refusal", "failure after refusal", "stopped"],
)
def test_the_ending_decides_the_exit_code(ended: RunRecord, code: int) -> None:
    assert exit_code(ended) == code


def test_only_checks_that_failed_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "decision"
    checks = [
        {"name": "auc", "value": 0.74, "limit": 0.7, "passed": True},
        {"name": "skill", "value": 0.02, "limit": 0.1, "passed": False},
    ]
    path.write_text(json.dumps({"checks": checks}), encoding="utf-8")
    artifacts = {"decision": ArtifactRecord("system.Artifact", path)}
    refusing = StepRecord("judge", State.SUCCEEDED, parameters={"promoted": False}, artifacts=artifacts)
    assert failed_checks(record(refusing)) == ["skill: 0.02 (limit 0.1)"]


def test_an_artifact_that_was_not_written_is_not_shown(tmp_path: Path) -> None:
    written = tmp_path / "report"
    written.touch()
    artifacts = {
        "report": ArtifactRecord("system.HTML", written),
        "card": ArtifactRecord("system.Markdown", tmp_path / "missing"),
        "frame": ArtifactRecord("system.Dataset", written),
    }
    ended = record(StepRecord("judge", State.SUCCEEDED, artifacts=artifacts))
    assert sought_artifacts(ended) == {"judge report": written}

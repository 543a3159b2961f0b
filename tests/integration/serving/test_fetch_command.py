import os
import subprocess
import sys
from pathlib import Path

from serving.artifact import check
from tests.examples.serving.model_parts import write_model

ROOT = Path(__file__).parents[3]


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    environment |= {f"ONTIME_FETCH_{name.upper()}": value for name, value in variables.items()}
    command = [sys.executable, "-m", "serving.fetch"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_command_fetches_and_may_run_again(tmp_path: Path) -> None:
    model = write_model(tmp_path / "source")
    pod = tmp_path / "pod"
    variables = {"location": str(model.path), "content_hash": model.content_hash, "directory": str(pod)}
    assert [run(**variables).returncode for _ in range(2)] == [0, 0]
    assert check(pod, model.content_hash) == model.content_hash


def test_a_missing_model_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    outcome = run(location="/nowhere", content_hash="0" * 64, directory=str(tmp_path / "pod"))
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "The model directory was not fetched: there is no model directory at /nowhere\n"
    )


def test_missing_settings_are_named(tmp_path: Path) -> None:
    outcome = run(location="/nowhere", directory=str(tmp_path / "pod"))
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "The settings of the fetch are wrong: ONTIME_FETCH_CONTENT_HASH: Field required\n"
    )

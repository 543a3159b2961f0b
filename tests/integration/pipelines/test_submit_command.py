"""The command line against a fake of Kubeflow: what it prints, what it ends with, what it never shows."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from kubernetes.config import kube_config
from rich.console import Console

from pipelines import submit_command
from pipelines.__main__ import main
from pipelines.submission import following
from tests.examples.pipelines.fake_kubeflow import (
    WORKFLOW,
    FakeKubeflow,
    Frame,
    Server,
    played,
    serving,
    stuck,
)
from tests.examples.pipelines.kubeconfigs import write_kubeconfig

EXAMPLES = Path(__file__).parents[2] / "examples" / "pipelines"
STEPS = ("gather", "judge", "hand-over")


class Ended(NamedTuple):
    """What a command left behind."""

    code: int
    output: str
    error: str


Command = Callable[..., Ended]


@pytest.fixture(autouse=True)
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this machine's kubeconfig would be; there is none yet."""
    path = tmp_path / "kubeconfig"
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    return path


@pytest.fixture
def command(server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `python -m pipelines` with the fake as its host."""
    monkeypatch.setenv("ONTIME_KFP_POLL_SECONDS", "0.01")
    monkeypatch.setenv("ONTIME_KFP_HOST", server.address)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["pipelines", *arguments])
        try:
            code = main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        return Ended(code, *capsys.readouterr())

    return run


@pytest.fixture
def small(small_pipeline: Path) -> str:
    return str(small_pipeline)


def test_a_run_is_started_with_the_parameters_given_and_its_link_is_printed(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    ended = command("submit", small, "--count", "5")
    (run,) = fake.runs
    assert ended.code == 0
    assert run["runtime_config"]["parameters"] == {"count": 5}
    assert f"/#/runs/details/{run['run_id']}" in ended.output


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (played(STEPS), 0),
        (played(STEPS, last="FAILED"), 1),
        (played(STEPS, last="RUNNING", state="CANCELED"), 4),
    ],
)
def test_a_run_that_is_waited_for_ends_the_command_as_it_ended(
    fake: FakeKubeflow, command: Command, small: str, script: list[Frame], code: int
) -> None:
    fake.script = script
    assert command("submit", small, "--wait").code == code


def test_a_blocked_run_goes_on_unless_it_is_to_be_ended(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    fake.script = stuck("gather")
    assert command("submit", small, "--wait", "--patience", "1").code == 5
    assert fake.runs[0]["state"] == "RUNNING"
    fake.script = stuck("gather")
    assert command("submit", small, "--wait", "--patience", "1", "--terminate").code == 5
    assert fake.runs[1]["state"] == "FAILED"


def test_the_pods_are_looked_at_where_the_context_leads(
    fake: FakeKubeflow, server: Server, command: Command, small: str, kubeconfig: Path
) -> None:
    fake.script = stuck("gather")
    fake.pods = [json.loads((EXAMPLES / "pods.json").read_text(encoding="utf-8"))["invalid-image"]]
    with serving(FakeKubeflow()) as another:
        write_kubeconfig(kubeconfig, {"here": server.address, "elsewhere": another.address}, "elsewhere")
        ended = command("submit", small, "--wait", "--patience", "5", "--context", "here")
    assert ended.code == 5
    assert "train cannot start: InvalidImageName" in ended.output


@pytest.mark.parametrize("arguments", [("submit", "{small}", "--wait"), ("logs", "run-1")])
def test_a_context_that_the_kubeconfig_lacks_is_refused_before_anything_is_asked(
    fake: FakeKubeflow, command: Command, small: str, kubeconfig: Path, arguments: tuple[str, ...]
) -> None:
    write_kubeconfig(kubeconfig, {"here": "http://127.0.0.1:1"}, "here")
    ended = command(*(argument.format(small=small) for argument in arguments), "--context", "gone")
    assert (ended.code, fake.asked) == (2, [])
    assert ended.error.startswith("Error: ONTIME_KFP_CONTEXT (or --context): ")


def test_a_run_that_went_out_of_sight_is_not_ended(
    fake: FakeKubeflow, command: Command, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AWAY_SECONDS", 0.05)
    fake.failing_runs = 1_000_000
    assert command("submit", small, "--wait", "--terminate").code == 5
    assert fake.runs[0]["state"] != "FAILED"


def test_a_blocked_run_that_cannot_be_ended_ends_with_5(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    fake.script = stuck("gather")
    fake.refused["/apis/v2beta1/runs/00000000-0000-4000-8000-000000000001:terminate"] = 503
    ended = command("submit", small, "--wait", "--patience", "1", "--terminate")
    assert ended.code == 5
    assert "the run was not told to end: http" in ended.output


def test_a_question_that_is_broken_off_leaves_the_run(
    fake: FakeKubeflow, command: Command, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit_command, "open_console", lambda: Console(force_terminal=True))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    fake.script = stuck("gather")
    assert command("submit", small, "--wait", "--patience", "1").code == 5
    assert fake.runs[0]["state"] == "RUNNING"


def test_a_run_on_a_cluster_publishes_to_the_cluster(fake: FakeKubeflow, command: Command) -> None:
    assert command("submit", "training", "--as-of", "2013-10-01").code == 0
    assert fake.runs[0]["runtime_config"]["parameters"] == {"as_of": "2013-10-01", "target": "cluster"}


def test_a_wrong_parameter_is_refused_before_anything_is_uploaded(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    ended = command("submit", small, "--count", "many")
    assert (ended.code, fake.asked) == (2, [])
    assert ended.error.startswith("Error: count: 'many' is refused")


@pytest.mark.parametrize("image", ["registry.example/ontime-serving:", "localhost/ontime-serving:latest"])
def test_an_image_that_cannot_be_published_is_refused_before_anything_is_uploaded(
    fake: FakeKubeflow, command: Command, image: str
) -> None:
    ended = command("submit", "training", "--serving-image", image)
    assert (ended.code, fake.asked) == (2, [])
    assert ended.error.startswith(f"Error: serving_image: image '{image}' ")


def test_an_image_by_latest_is_published_by_what_its_registry_says_it_is(
    fake: FakeKubeflow, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = f"registry.example/ontime-serving@sha256:{'a' * 64}"
    monkeypatch.setattr(submit_command, "with_digest", lambda *_: digest)
    command("submit", "training", "--serving-image", "registry.example/ontime-serving:latest")
    assert fake.runs[0]["runtime_config"]["parameters"]["serving_image"] == digest


def test_a_wrong_token_ends_with_2_and_is_shown_nowhere(
    fake: FakeKubeflow, command: Command, small: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.token = "right"
    monkeypatch.setenv("ONTIME_KFP_TOKEN", "wrong-one")
    ended = command("submit", small)
    assert ended.code == 2
    assert len(ended.error.splitlines()) == 1
    assert "wrong-one" not in ended.output + ended.error


def test_a_schedule_says_when_it_runs_and_that_it_replaced_another(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    command("schedule", small, "--cron", "0 6 * * *")
    ended = command("schedule", small, "--cron", "0 7 * * *", "--count", "2")
    assert ended.output.splitlines()[-1].endswith(": 0 0 7 * * * (UTC), in the place of 1")
    assert [item["runtime_config"]["parameters"] for item in fake.schedules] == [{"count": 2}]


def test_a_schedule_with_an_instant_is_refused_before_anything_is_uploaded(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    ended = command("schedule", small, "--cron", "0 6 * * *", "--as-of", "2013-10-01")
    assert (ended.code, fake.asked) == (2, [])
    assert ended.error.startswith("Error: as_of: each run of a schedule finds its own")


def test_runs_and_schedules_are_listed(fake: FakeKubeflow, command: Command, small: str) -> None:
    command("submit", small, "--run-name", "a trial")
    command("schedule", small, "--cron", "0 6 * * *", "--name", "nightly")
    output = command("list").output
    assert fake.runs[0]["run_id"] in output
    assert "a trial" in output
    assert "nightly" in output


def test_the_log_of_a_step_is_printed(fake: FakeKubeflow, command: Command, small: str) -> None:
    fake.script = played(STEPS)[-1:]
    fake.logs[f"{WORKFLOW}-system-container-impl-1001"] = "judged\n"
    command("submit", small)
    assert command("logs", fake.runs[0]["run_id"], "judge").output == "judged\n"


def test_a_step_that_a_run_lacks_is_named_with_those_that_it_has(
    fake: FakeKubeflow, command: Command, small: str
) -> None:
    fake.script = played(STEPS)[-1:]
    command("submit", small)
    ended = command("logs", fake.runs[0]["run_id"], "train")
    assert ended.code == 2
    assert "has no step train yet; it has gather, judge, hand-over" in ended.error


@pytest.mark.parametrize("name", ["submit", "schedule"])
def test_help_names_the_defaults_of_a_cluster(command: Command, name: str) -> None:
    said = " ".join(command(name, "training", "--help").output.split())
    assert "[default: cluster]" in said
    assert "[default: local]" not in said

"""A compiled pipeline runs here, each step in its environment, and its ending is told truly."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.examples.living_processes import left_of
from tests.integration.pipelines.conftest import Ended, Run, Start

ROOT = Path(__file__).parents[3]
Waiting = tuple[subprocess.Popen[str], list[psutil.Process]]


@pytest.fixture
def waiting(start: Start, tmp_path: Path) -> Iterator[Waiting]:
    """The command in the middle of its second step, and the processes of that step."""
    with start(tmp_path, "--outcome", "waiting") as command:
        assert command.stdout is not None
        line = next(line for line in command.stdout if "waiting" in line)
        yield command, [psutil.Process(int(pid)) for pid in line.split()[-2:]]


@pytest.fixture(scope="module")
def success(run: Run) -> Ended:
    return run("--count", "5")


class TestSuccess:
    def test_every_step_runs_in_the_environment_that_its_image_names(self, success: Ended) -> None:
        prefixes = re.findall(r"^\[[a-z-]+\] .* by (\S+)$", success.output, flags=re.MULTILINE)
        assert prefixes == [str(ROOT / ".venvs" / name) for name in ("features", "training", "serving")]
        assert success.code == 0

    def test_the_steps_see_the_settings_of_the_command(self, success: Ended) -> None:
        assert "[gather] the store is /nowhere/store" in success.output

    def test_the_summary_has_a_row_for_each_step_with_time_and_memory(self, success: Ended) -> None:
        rows = re.findall(r"^ +(\S+) +succeeded +[\d.]+ s +[\d,]+ MB", success.output, flags=re.MULTILINE)
        assert rows == ["gather", "judge", "hand-over"]

    def test_the_summary_says_where_report_and_manifest_lie(self, success: Ended) -> None:
        (manifest,) = re.findall(r"^hand-over manifest +(\S+)$", success.output, flags=re.MULTILINE)
        (report,) = re.findall(r"^judge report +(\S+)$", success.output, flags=re.MULTILINE)
        assert Path(manifest).read_text(encoding="utf-8") == "5 rows"
        assert Path(report).read_text(encoding="utf-8") == "<p>judged</p>"


@pytest.fixture(scope="module")
def failure(run: Run) -> Ended:
    return run("--outcome", "broken")


class TestFailure:
    def test_the_command_ends_with_1_and_the_failing_steps_last_lines(self, failure: Ended) -> None:
        assert failure.code == 1
        _, _, ending = failure.output.partition("judge failed with exit code 1. Its last lines:")
        assert "ValueError: the third row is torn" in ending

    def test_the_whole_log_of_the_step_is_kept(self, failure: Ended) -> None:
        (path,) = re.findall(r"^Its whole log: (\S+)$", failure.output, flags=re.MULTILINE)
        log = Path(path).read_text(encoding="utf-8")
        assert "judged 3 rows by" in log
        assert "Got executor_input" in log

    def test_what_follows_does_not_run(self, failure: Ended) -> None:
        assert re.search(r"^ +hand-over +not run", failure.output, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def refusal(run: Run) -> Ended:
    return run("--outcome", "refused")


class TestRefusal:
    def test_the_command_ends_with_3_and_publishes_nothing(self, refusal: Ended) -> None:
        assert refusal.code == 3
        assert re.search(r"^ +hand-over +not run", refusal.output, flags=re.MULTILINE)

    def test_the_failed_checks_are_told(self, refusal: Ended) -> None:
        assert "judge refused what it judged:\n  auc: 0.6, limit 0.7" in refusal.output


class TestStopping:
    def test_a_killed_command_leaves_no_process_behind(self, waiting: Waiting) -> None:
        command, processes = waiting
        command.kill()
        assert left_of(processes) == []

    def test_a_killed_run_can_be_run_again(self, waiting: Waiting, run: Run) -> None:
        command, _ = waiting
        command.kill()
        assert run().code == 0

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_the_step_and_is_told(self, waiting: Waiting, number: signal.Signals) -> None:
        command, processes = waiting
        command.send_signal(number)
        output, _ = command.communicate(timeout=30)
        assert command.returncode == 130
        assert re.search(r"^ +judge +stopped", output, flags=re.MULTILINE)
        assert left_of(processes) == []


class TestRefusedParameters:
    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("--colour", "red"), "No such option: --colour"),
            (("--count", "many"), "count: 'many' is refused: input should be a valid integer"),
            (("--as-of", "2013-02-30"), "as_of: '2013-02-30' is neither a date nor an instant"),
        ],
    )
    def test_the_parameter_is_named_and_nothing_starts(
        self, run: Run, options: tuple[str, ...], sentence: str
    ) -> None:
        ended = run(*options)
        assert ended.code == 2
        assert ended.error.startswith(f"Error: {sentence}")
        assert len(ended.error.splitlines()) == 1
        assert not ended.runs.exists()


def test_a_setting_that_cannot_be_read_is_named_and_nothing_starts(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONTIME_PUBLISH_DEPLOYMENT", "{")
    ended = run()
    assert ended.code == 2
    assert ended.error == "Error: ONTIME_PUBLISH_DEPLOYMENT: the value is not valid JSON\n"
    assert not ended.runs.exists()

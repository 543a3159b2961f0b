"""A step's log: everything in its file, what concerns a reader on the console, its last lines kept."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.local.log import LAST_LINES, StepLog

LINES = """[KFP Executor 2013-10-01 00:00:00,000 INFO]: Looking for component `train`
[KFP Executor 2013-10-01 00:00:00,000 INFO]: Got executor_input:
{
    "inputs": {}
}
epoch 1 of 8: [bold]loss[/bold] 0.5
[KFP Executor 2013-10-01 00:00:00,000 INFO]: logged at the end
[KFP Executor 2013-10-01 00:00:00,000 WARNING]: loss rises
[KFP Executor 2013-10-01 00:00:00,000 INFO]: Wrote executor output file to /nowhere
"""


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(tmp_path: Path, shown: io.StringIO) -> StepLog:
    return StepLog("train", tmp_path / "train.log", Console(file=shown))


def test_the_console_shows_the_steps_own_lines_behind_its_name(log: StepLog, shown: io.StringIO) -> None:
    log.follow(io.StringIO(LINES))
    assert shown.getvalue().splitlines() == [
        "[train] epoch 1 of 8: [bold]loss[/bold] 0.5",
        "[train] logged at the end",
        "[train] WARNING: loss rises",
    ]


def test_the_file_has_every_line(log: StepLog) -> None:
    log.follow(io.StringIO(LINES))
    assert log.path.read_text(encoding="utf-8") == LINES


def test_a_long_line_stays_one_line(log: StepLog, shown: io.StringIO) -> None:
    log.follow(io.StringIO("word " * 100 + "\n"))
    assert len(shown.getvalue().splitlines()) == 1


def test_colours_of_a_step_do_not_litter_a_log_without_colours(log: StepLog, shown: io.StringIO) -> None:
    log.follow(io.StringIO("\033[1m\033[32mweather\033[0m:\n"))
    assert shown.getvalue() == "[train] weather:\n"


def test_the_last_lines_are_kept(log: StepLog) -> None:
    log.follow(io.StringIO("".join(f"{number}\n" for number in range(100))))
    assert log.last_lines == tuple(str(number) for number in range(100 - LAST_LINES, 100))

"""What the API tells of a run becomes the states of its steps; a terminal and a log show them."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from pipelines.submission.following import Patience, Seen
from pipelines.submission.pods import step_name
from pipelines.submission.progress import showing
from pipelines.submission.state import Outcome, RunState, Step, StepState, run_state
from pipelines.submission.tasks import Tasks

TASKS = Tasks(steps=("judge", "hand-over"), gates=frozenset({"condition-1"}))
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def detail(name: str | None, state: str | None) -> Any:
    return SimpleNamespace(
        display_name=name, state=state, start_time=START, end_time=START.replace(second=17)
    )


def told(state: str, *details: Any) -> RunState:
    run: Any = SimpleNamespace(state=state, run_details=SimpleNamespace(task_details=list(details)))
    return run_state(run, TASKS)


def states(state: RunState) -> list[StepState]:
    return [step.state for step in state.steps]


def test_a_run_without_details_waits() -> None:
    run = SimpleNamespace(state="PENDING", run_details=None)
    assert states(run_state(run, TASKS)) == [StepState.WAITING, StepState.WAITING]


def test_a_step_whose_driver_is_there_starts() -> None:
    assert states(told("RUNNING", detail("judge-driver", "RUNNING")))[0] is StepState.STARTING


def test_a_step_whose_driver_failed_failed() -> None:
    assert told("FAILED", detail("judge-driver", "FAILED")).failed == ("judge",)


def test_a_step_that_succeeded_took_its_time() -> None:
    assert told("RUNNING", detail("judge", "SUCCEEDED")).steps[0] == Step("judge", StepState.SUCCEEDED, 12)


def test_a_step_that_a_finished_run_never_came_to_was_skipped() -> None:
    assert states(told("FAILED", detail("judge", "FAILED")))[1] is StepState.SKIPPED


def test_an_execution_without_a_node_is_passed_over() -> None:
    assert not told("RUNNING", detail(None, "RUNNING")).pod_running


def test_a_node_that_a_failed_run_left_without_a_state_was_skipped() -> None:
    failed = told("FAILED", detail("judge", "FAILED"), detail("hand-over", None))
    assert states(failed)[1] is StepState.SKIPPED


@pytest.mark.parametrize(
    "node", ["run-x.root.judge.executor", "run-x(0).root(0).judge(0).executor(1)", "run-x.root.judge"]
)
def test_a_pod_is_of_the_step_that_its_node_is_named_by(node: str) -> None:
    metadata = SimpleNamespace(name="run-x-1", annotations={"workflows.argoproj.io/node-name": node})
    assert step_name(SimpleNamespace(metadata=metadata)) == "judge"


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("PENDING", None),
        ("RUNNING", None),
        ("CANCELING", None),
        ("SUCCEEDED", Outcome.SUCCEEDED),
        ("FAILED", Outcome.FAILED),
        ("CANCELED", Outcome.CANCELED),
    ],
)
def test_a_run_ends_in_one_of_three_ways(state: str, outcome: Outcome | None) -> None:
    assert told(state).outcome is outcome


def test_a_run_whose_gate_let_nothing_pass_was_refused() -> None:
    assert told("SUCCEEDED", detail("condition-1", "SKIPPED")).outcome is Outcome.REFUSED


def test_another_condition_is_no_gate() -> None:
    assert told("SUCCEEDED", detail("condition-2", "SKIPPED")).outcome is Outcome.SUCCEEDED


class TestPatience:
    def lost(self, *states: RunState) -> list[bool]:
        """Whether it was lost at each of these states, a minute apart."""
        minutes = iter(range(len(states)))
        patience = Patience(120, clock=lambda: next(minutes) * 60)
        return [patience.lost(state) for state in states]

    def test_it_is_lost_when_nothing_changes(self) -> None:
        same = told("RUNNING", detail("judge", "RUNNING"), detail("executor", "PENDING"))
        assert self.lost(same, same, same) == [False, False, True]

    def test_a_change_begins_it_anew(self) -> None:
        first, second = told("PENDING"), told("RUNNING", detail("judge-driver", "PENDING"))
        assert self.lost(first, first, second, second, second) == [False, False, False, False, True]

    def test_a_pod_that_runs_may_take_its_time(self) -> None:
        running = told("RUNNING", detail("judge", "RUNNING"), detail("executor", "RUNNING"))
        assert self.lost(*[running] * 5) == [False] * 5

    def test_a_run_that_has_ended_needs_none(self) -> None:
        assert self.lost(*[told("SUCCEEDED")] * 5) == [False] * 5


def shown(*, terminal: bool) -> str:
    output = io.StringIO()
    console = Console(file=output, width=60, force_terminal=terminal, color_system=None)
    running, ended = told("RUNNING", detail("judge", "RUNNING")), told("FAILED", detail("judge", "FAILED"))
    with showing(console) as show:
        for state in (running, running, ended):
            show(Seen(state))
    return output.getvalue()


def test_a_log_has_a_line_for_every_change() -> None:
    lines = [line.split()[1:] for line in shown(terminal=False).splitlines()]
    assert lines == [["judge", "running"], ["judge", "failed"], ["hand-over", "skipped"]]


def test_a_terminal_has_a_table_that_is_drawn_over() -> None:
    output = shown(terminal=True)
    last = output.rpartition("step")[2]
    assert "failed" in last
    assert "running" not in last
    assert "\x1b[1A" in output

"""Shows a run while it is followed: a table that changes in a terminal, a line for every change in a log."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from pipelines.submission.following import Seen
from pipelines.submission.state import RunState, Step, StepState

_STYLES = {
    StepState.SUCCEEDED: "green",
    StepState.FAILED: "red",
    StepState.RUNNING: "cyan",
    StepState.STARTING: "yellow",
}


@contextlib.contextmanager
def showing(console: Console) -> Iterator[Callable[[Seen], None]]:
    """In this block, a function that shows what was seen last."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield lambda seen: live.update(steps_table(seen.state), refresh=True)


def steps_table(state: RunState) -> Table:
    """A row a step: its state, and its time once it has ended."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("step")
    table.add_column("state")
    table.add_column("time", justify="right")
    for step in state.steps:
        table.add_row(step.name, f"[{_STYLES.get(step.state, 'dim')}]{step.state}[/]", _time(step))
    return table


class _Lines:
    """A line for every step whose state is another than before."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: dict[str, StepState] = {}

    def __call__(self, seen: Seen) -> None:
        width = max((len(step.name) for step in seen.state.steps), default=0)
        for step in seen.state.steps:
            if self._told.get(step.name, StepState.WAITING) is not step.state:
                self._told[step.name] = step.state
                clock = datetime.now(UTC).strftime("%H:%M:%SZ")
                self._console.print(f"{clock}  {step.name:<{width}}  {step.state}  {_time(step)}".rstrip())


def _time(step: Step) -> str:
    return "" if step.seconds is None else f"{step.seconds:.0f} s"

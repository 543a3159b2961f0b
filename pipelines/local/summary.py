"""What a person sees when a local run has ended: the steps, what they left, and why it ended so."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.local.decision import Decision, read_decision
from pipelines.local.pages import link_pages
from pipelines.local.records import RunRecord, State, StepRecord

SUCCEEDED, FAILED, REFUSED, STOPPED = 0, 1, 3, 130

_STYLES = {State.SUCCEEDED: "green", State.FAILED: "red", State.STOPPED: "yellow", State.NOT_RUN: "dim"}


def exit_code(record: RunRecord) -> int:
    """How the command ends that ran this: 0, 1 after a failure, 3 after a refusal, 130 when stopped."""
    if record.stopped:
        return STOPPED
    if record.failed:
        return FAILED
    decision = read_decision(record)
    return SUCCEEDED if decision is None or decision.promoted else REFUSED


def show(record: RunRecord, console: Console) -> None:
    """Print the table of the steps, where their artifacts lie, and how the run ended."""
    console.print()
    console.print(steps_table(record))
    for name, path in link_pages(record).items():
        console.print(f"{name:<28} {escape(str(path))}", soft_wrap=True)
    console.print(f"{'the whole run':<28} {escape(str(record.directory))}", soft_wrap=True)
    _show_ending(record, console)


def steps_table(record: RunRecord) -> Table:
    """A row a step: its state, its wall time, the peak memory of its processes."""
    table = Table(title=f"pipeline {record.pipeline}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("step")
    table.add_column("state")
    table.add_column("time", justify="right")
    table.add_column("peak memory", justify="right")
    for step in record.steps:
        state = f"[{_STYLES[step.state]}]{step.state}[/]"
        ran = step.state is not State.NOT_RUN
        time, memory = f"{step.seconds:.1f} s", f"{step.peak_bytes / 1e6:,.0f} MB"
        table.add_row(step.name, state, time if ran else "", memory if ran else "")
    total = sum(step.seconds for step in record.steps)
    table.add_row("all steps", "", f"{total:.1f} s", "", style="bold")
    return table


def _show_ending(record: RunRecord, console: Console) -> None:
    if record.stopped:
        console.print("\nStopped before the end; the same command runs it again.", style="yellow")
    for step in record.failed:
        _show_failure(step, console)
    decision = read_decision(record)
    if decision is not None and not decision.promoted:
        _show_refusal(decision, console)


def _show_failure(step: StepRecord, console: Console) -> None:
    console.print(f"\n{step.name} failed with exit code {step.exit_code}. Its last lines:", style="red")
    for line in step.last_lines:
        console.print(f"  {escape(line)}", soft_wrap=True, highlight=False)
    console.print(f"Its whole log: {step.log}", soft_wrap=True)


def _show_refusal(decision: Decision, console: Console) -> None:
    console.print(f"\n{decision.step} refused what it judged:", style="yellow")
    for check in decision.checks:
        if not check["passed"]:
            value = "none" if check["value"] is None else f"{check['value']:.4g}"
            line = f"{check['name']}: {value}, {check.get('rule', 'limit')} {check['limit']:.4g}"
            remark = f" ({check['remark']})" if check.get("remark") else ""
            console.print(f"  {escape(line + remark)}", soft_wrap=True)

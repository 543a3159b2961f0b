"""The whole road in one command: from raw tables to a published model that answers and is watched."""

import contextlib
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.markup import escape

from pipelines.compilation import compile_pipeline
from pipelines.figures import checks_table, detectors_table, performance_table
from pipelines.local import runner, summary
from pipelines.local.decision import read_decision
from pipelines.local.measurement import running_modules
from pipelines.local.records import RunRecord
from pipelines.local.signals import signals_interrupt
from pipelines.parameters import checked
from pipelines.replay import Days, Replay, ReplayFailedError
from pipelines.replay_figures import (
    addresses,
    latency_table,
    memory_table,
    outcome_table,
    verdicts_table,
    windows_table,
)
from pipelines.specification import read_specification
from serving.artifact import SIGNATURE

AS_OF = "2013-10-01"
FEATURES = {"as_of": AS_OF}
# The last month before the instant judges, so that the demo has most of the year to learn from.
TRAINING = {"as_of": AS_OF, "validation_months": "1", "test_months": "1"}
# What a complete demo leaves behind: step and artifact.
EXPECTED = (("validate", "report"), ("validate", "card"), ("validate", "decision"), ("publish", "manifest"))
# The days after the instant of the training, as many as it takes until drift is a breach, and their features.
DAYS = Days(as_of="2013-10-04", start=AS_OF, end="2013-10-04")


def demonstrate(runs: Path, console: Console, *, once: bool) -> int:
    """Run the pipelines, serve what they publish, replay three days to it, and tell what came of it.

    What is served goes on until Ctrl-C, unless `once`. Returns the exit code: 0 when everything happened, 3
    when the gate refused, 1 when something failed, did not happen or left nothing behind, 130 when stopped
    before that was known.
    """
    # First of all, since a setting that cannot be right is told here, and a port that is taken.
    replay = Replay.new(runner.new_directory(runs, "replay"), DAYS)
    replay.check_ports()
    console.print(f"Standing at {AS_OF}: first the features that were known then.\n")
    features = _run("features", FEATURES, runs, console)
    if code := summary.exit_code(features):
        summary.show(features, console)
        return code
    console.print("\nNow a model: train, fit its detectors, judge it, publish it.\n")
    training = _run("training", TRAINING, runs, console)
    console.print(summary.steps_table(features))
    _show_figures(training, console)
    summary.show(training, console)
    if code := summary.exit_code(training) or _missing(training, console):
        return code
    return _go_on(training, runs, replay, console, once)


def _go_on(training: RunRecord, runs: Path, replay: Replay, console: Console, once: bool) -> int:
    """Serve the published model and replay what came after it was trained."""
    console.print(f"\nTime goes on until {DAYS.as_of}: the features of the days that are replayed.\n")
    features = _run("features", {"as_of": DAYS.as_of}, runs, console)
    if code := summary.exit_code(features):
        summary.show(features, console)
        return code
    try:
        with signals_interrupt():
            return _replay(training, replay, console, once)
    except KeyboardInterrupt:
        console.print("\nStopped.", style="yellow")
        return summary.STOPPED
    except ReplayFailedError as error:
        console.print(f"\n{error}", style="red")
        return summary.FAILED


def _replay(training: RunRecord, replay: Replay, console: Console, once: bool) -> int:
    manifest, model = training.artifact("publish", "manifest"), training.artifact("validate", "model")
    if manifest is None or model is None:
        raise ReplayFailedError("there is nothing to serve")
    console.print("\nNow it answers: the requests to replay, an online store of their own, the servers.\n")
    replay.prepare(manifest)
    with replay.served(console) as served:
        console.print(f"\n{DAYS.start} as it was, and the days after it with a shifted schedule.\n")
        result = replay.run(model / SIGNATURE)
        for table in (windows_table, verdicts_table, outcome_table, latency_table):
            console.print(table(result))
        console.print(memory_table(running_modules(served.pid)))
        for reason in result.unmet:
            console.print(f"Not everything happened: {reason}.", style="red")
        for name, address in addresses(replay.serving).items():
            console.print(f"{name:<28} {address}")
        console.print(f"{'the whole replay':<28} {escape(str(replay.directory))}", soft_wrap=True)
        code = summary.FAILED if result.unmet else summary.SUCCEEDED
        return code if once else _stay(served, console) or code


def _stay(served: Popen[str], console: Console) -> int:
    """Wait for Ctrl-C."""
    console.print("\nThis goes on until Ctrl-C.")
    with contextlib.suppress(KeyboardInterrupt):
        served.wait()
        console.print("What was served has ended.", style="red")
        return summary.FAILED
    return summary.SUCCEEDED


def _run(name: str, given: dict[str, str], runs: Path, console: Console) -> RunRecord:
    with TemporaryDirectory(prefix="ontime-") as directory:
        path = compile_pipeline(name, Path(directory))
        return runner.run(path, checked(read_specification(path), given), runs, console)


def _show_figures(training: RunRecord, console: Console) -> None:
    decision = read_decision(training)
    model = training.artifact("validate", "model")
    detectors = training.artifact("fit-detectors", "detectors")
    if model is not None:
        console.print(performance_table(model))
    if detectors is not None:
        console.print(detectors_table(detectors))
    if decision is not None:
        console.print(checks_table(decision))


def _missing(training: RunRecord, console: Console) -> int:
    missing = [f"{step} {name}" for step, name in EXPECTED if training.artifact(step, name) is None]
    if missing:
        console.print(f"Not everything happened: {', '.join(missing)} is not there.", style="red")
    return summary.FAILED if missing else summary.SUCCEEDED

"""The whole road in one command: from raw tables to a gated, published model, and what came of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from pipelines.compilation import compile_pipeline
from pipelines.figures import checks_table, detectors_table, performance_table
from pipelines.local import runner, summary
from pipelines.local.decision import read_decision
from pipelines.local.records import RunRecord
from pipelines.parameters import checked
from pipelines.specification import read_specification

AS_OF = "2013-10-01"
FEATURES = {"as_of": AS_OF}
# The last month before the instant judges, so that the demo has most of the year to learn from.
TRAINING = {"as_of": AS_OF, "validation_months": "1", "test_months": "1"}
# What a complete demo leaves behind: step and artifact.
EXPECTED = (("validate", "report"), ("validate", "card"), ("validate", "decision"), ("publish", "manifest"))


def demonstrate(runs: Path, console: Console) -> int:
    """Run both pipelines and tell what came of it; returns the exit code.

    0 when everything happened, 3 when the gate refused, 1 when a step failed or left nothing behind, 130
    when stopped.
    """
    console.print(f"Standing at {AS_OF}: first the features that were known then.\n")
    features = _run("features", FEATURES, runs, console)
    code = summary.exit_code(features)
    if code:
        summary.show(features, console)
        return code
    console.print("\nNow a model: train, fit its detectors, judge it, publish it.\n")
    training = _run("training", TRAINING, runs, console)
    console.print(summary.steps_table(features))
    _show_figures(training, console)
    summary.show(training, console)
    return summary.exit_code(training) or _missing(training, console)


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

"""Runs a compiled pipeline on this machine with KFP's own local runner."""

import contextlib
import functools
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kfp import components, local
from kfp.local import subprocess_task_handler
from kfp.local.orchestrator.enhanced_dag_orchestrator import ConditionEvaluator
from rich.console import Console

from pipelines.local.conditions import resolving
from pipelines.local.execution import Execution
from pipelines.local.handler import StepHandler
from pipelines.local.records import RunRecord
from pipelines.local.settings import LocalSettings
from pipelines.local.signals import signals_interrupt
from pipelines.specification import Value, read_specification
from serving.local.environments import environment_of


def run(path: Path, arguments: Mapping[str, Value], runs: Path, console: Console) -> RunRecord:
    """Run a compiled pipeline to its end, in a new directory under `runs`.

    A failing step, a refusal and a signal (SIGINT, SIGTERM, SIGHUP) are told by the record.

    Raises:
        EnvironmentMissingError: A step's image has no environment here; nothing was started.
        SettingsError: A setting is unknown; nothing was started.
    """
    specification = read_specification(path)
    for image in specification.steps.values():
        environment_of(image)
    settings = LocalSettings.from_environment().variables()
    directory = new_directory(runs, specification.name)
    shutil.copyfile(path, directory / "pipeline.yaml")
    (directory / "arguments.json").write_text(json.dumps(dict(arguments), indent=2), encoding="utf-8")
    execution = Execution(specification, directory, settings, console)
    stopped = False
    try:
        with signals_interrupt(), _our_parts(execution):
            _run_with_kfp(directory, arguments)
    except KeyboardInterrupt:
        stopped = True
    except RuntimeError:
        # KFP's way to tell of a failed step, which the record tells better.
        if not execution.record().failed:
            raise
    return execution.record(stopped=stopped)


def new_directory(runs: Path, pipeline: str) -> Path:
    """Make the directory of a new run."""
    runs.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    return Path(tempfile.mkdtemp(prefix=f"{pipeline}-{stamp}-", dir=runs))


def _run_with_kfp(directory: Path, arguments: Mapping[str, Value]) -> None:
    local.init(
        local.SubprocessRunner(use_venv=False),
        pipeline_root=str(directory),
        workspace_root=str(directory / "workspace"),
        enable_caching=False,
    )
    pipeline = components.load_component_from_file(str(directory / "pipeline.yaml"))
    # KFP's own account of the run goes to a file: the console shows the steps.
    with (
        (directory / "kfp.log").open("w", encoding="utf-8") as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        pipeline(**arguments)


@contextlib.contextmanager
def _our_parts(execution: Execution) -> Iterator[None]:
    handler = functools.partial(StepHandler, execution=execution)
    resolve = resolving(execution.specification.channels, ConditionEvaluator._resolve_pipeline_channel)  # noqa: SLF001
    with (
        _replaced(subprocess_task_handler, "SubprocessTaskHandler", handler),
        _replaced(ConditionEvaluator, "_resolve_pipeline_channel", staticmethod(resolve)),
    ):
        yield


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    # KFP has no seam for a runner of one's own: its dispatcher looks these names up when it runs.
    original = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)

"""Runs one step for KFP's local runner: in its environment, measured, logged, and never left behind."""

import json
import tempfile
import threading
import time
from pathlib import Path

from kfp.local import SubprocessRunner
from kfp.local.status import Status
from kfp.local.subprocess_task_handler import SubprocessTaskHandler

from pipelines.local.execution import Execution
from pipelines.local.log import StepLog
from pipelines.local.measurement import peak_memory
from pipelines.local.records import ArtifactRecord, State, StepRecord
from serving.local.environments import environment_of, variables
from serving.local.process import guarded_process


class StepHandler(SubprocessTaskHandler):
    """KFP's handler of a subprocess, except that the image chooses the interpreter."""

    def __init__(
        self,
        image: str,
        full_command: list[str],
        pipeline_root: str,
        runner: SubprocessRunner,
        env_vars: dict[str, str] | None = None,
        *,
        execution: Execution,
    ) -> None:
        super().__init__(image, full_command, pipeline_root, runner, env_vars)
        self._execution = execution
        self._input = json.loads(full_command[full_command.index("--executor_input") + 1])
        self._output_file = Path(self._input["outputs"]["outputFile"])
        self._step = self._output_file.parent.name

    def validate_image(self, image: str) -> None:
        """Raise EnvironmentMissingError where no environment stands in for the image."""
        environment_of(image)

    def run(self) -> Status:
        """Run the step to its end; what it was and did is added to the execution."""
        # Beside its outputs, where each turn of a loop has a directory of its own.
        log = StepLog(self._step, self._output_file.with_name("step.log"), self._execution.console)
        state, exit_code, peak, started = State.STOPPED, None, 0, time.monotonic()
        try:
            exit_code, peak = self._run_process(log)
            state = State.FAILED if exit_code else State.SUCCEEDED
        finally:
            self._execution.ended.append(
                StepRecord(
                    name=self._step,
                    state=state,
                    exit_code=exit_code,
                    seconds=time.monotonic() - started,
                    peak_bytes=peak,
                    log=log.path,
                    last_lines=log.last_lines,
                    artifacts=self._artifacts(),
                )
            )
        return Status.SUCCESS if state is State.SUCCEEDED else Status.FAILURE

    def _run_process(self, log: StepLog) -> tuple[int, int]:
        environment = environment_of(self.image)
        with tempfile.TemporaryDirectory(prefix="ontime-") as scratch:
            inherited = variables(environment, self._execution.settings, Path(scratch))
            with guarded_process(self.full_command, inherited | self.env_vars) as process:
                reader = threading.Thread(target=log.follow, args=(process.stdout,), daemon=True)
                reader.start()
                peak = peak_memory(process)
            reader.join()
        return process.returncode, peak

    def _artifacts(self) -> dict[str, ArtifactRecord]:
        outputs = self._input["outputs"].get("artifacts", {})
        lists = {name: output["artifacts"][0] for name, output in outputs.items()}
        return {
            name: ArtifactRecord(kind=artifact["type"]["schemaTitle"], path=Path(artifact["uri"]))
            for name, artifact in lists.items()
        }

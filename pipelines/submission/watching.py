"""Watches a run to its end in a terminal or a log, and tells how it ended."""

from collections.abc import Iterator

from kubernetes.client import CoreV1Api
from rich.console import Console
from rich.markup import escape

from pipelines.local.signals import signals_interrupt
from pipelines.submission.connection import Client
from pipelines.submission.errors import KubeflowError, explained
from pipelines.submission.following import Patience, Seen, follow
from pipelines.submission.logs import step_log
from pipelines.submission.pods import Pods
from pipelines.submission.progress import showing
from pipelines.submission.settings import KubeflowSettings
from pipelines.submission.state import Outcome
from pipelines.submission.submitting import Submitted
from pipelines.submission.tasks import Tasks

EXIT_CODES = {Outcome.SUCCEEDED: 0, Outcome.FAILED: 1, Outcome.REFUSED: 3, Outcome.CANCELED: 4}
BLOCKED, STOPPED = 5, 130
LAST_LINES = 20

_ENDINGS = {
    Outcome.SUCCEEDED: "The run succeeded.",
    Outcome.REFUSED: "The gate refused the model; the decision is an artifact of the run.",
    Outcome.FAILED: "The run failed.",
    Outcome.CANCELED: "The run was canceled.",
}


class Watch:
    """One run that is watched, with what it takes to ask for it.

    - `blocked`: whether it was seen that the run cannot go on; a run that is out of sight may.
    """

    def __init__(
        self,
        client: Client,
        settings: KubeflowSettings,
        submitted: Submitted,
        console: Console,
        core: CoreV1Api | None = None,
    ) -> None:
        self._client, self._settings, self._submitted, self._console = client, settings, submitted, console
        self._pods = Pods(core, settings.steps_namespace, submitted.run_id)
        self._told: str | None = None
        self.blocked = False

    def to_the_end(self, tasks: Tasks, patience: Patience) -> int:
        """Show what the run does until it ends or cannot go on; returns the exit code.

        A signal ends the watch, not the run.
        """
        seen = None
        try:
            with signals_interrupt(), showing(self._console) as show:
                for seen in self._follow(tasks, patience):
                    show(seen)
                    self._tell_trouble()
        except KeyboardInterrupt:
            self._say(f"No longer watched; the run goes on: {self._submitted.link}", style="yellow")
            return STOPPED
        except KubeflowError as error:
            self._say(f"{error}; the run may go on: {self._submitted.link}", style="red")
            return BLOCKED
        return self._ending(seen)

    def terminate(self) -> None:
        """End the run, which Kubeflow then calls failed; says so where that is not to be had."""
        try:
            with explained(self._settings.address):
                self._client.terminate_run(self._submitted.run_id)
        except KubeflowError as error:
            self._say(f"{error}; the run was not told to end: {self._submitted.link}", style="red")
            return
        self._say("The run was told to end.")

    def _follow(self, tasks: Tasks, patience: Patience) -> Iterator[Seen]:
        return follow(
            self._client,
            self._settings,
            self._submitted.run_id,
            tasks,
            pods=self._pods,
            patience=patience,
        )

    def _tell_trouble(self) -> None:
        trouble = self._pods.trouble
        if trouble is not None and trouble != self._told:
            self._told = trouble
            self._say(f"{trouble}: a step that cannot start is noticed by its standing still only.")

    def _ending(self, seen: Seen | None) -> int:
        if seen is None or seen.state.outcome is None:
            self.blocked = True
            for reason in seen.blocked if seen is not None else ():
                self._say(reason, style="red")
            return BLOCKED
        self._say(_ENDINGS[seen.state.outcome])
        for step in seen.state.failed:
            self._show_log(step)
        return EXIT_CODES[seen.state.outcome]

    def _show_log(self, step: str) -> None:
        try:
            with explained(self._settings.address):
                run = self._client.get_run(self._submitted.run_id)
            lines = step_log(self._settings, run, step, self._pods).splitlines()[-LAST_LINES:]
        except KubeflowError as error:
            self._say(str(error))
            return
        self._say(f"{step} failed. Its last lines:", style="red")
        for line in lines:
            self._say(f"  {line}")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(escape(text), style=style, soft_wrap=True)

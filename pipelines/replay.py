"""The demo's second half: serve what was published, and replay days of the past to it.

Everything of a replay lies in a directory of its own (stores, manifest, logs, figures), so that it reads and
writes none of the stores of what is served otherwise.
"""

import contextlib
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from components.images import Environment, image
from components.settings import PREFIX
from pipelines.local.settings import LocalSettings as StepSettings
from serving.local.environments import environment_of, variables
from serving.local.front import bound
from serving.local.process import guarded_process
from serving.local.settings import LocalSettings
from serving.online_location import sqlite_url
from serving.replay.rehearsal import with_stores
from serving.replay.result import ReplayResult
from serving.settings import SettingsError, explain
from serving.staging import replace_file

READY = "ready"
ENDING_SECONDS = 30.0
ADVANCER, WINDOW = "components.materialize.advancer", "components.retrieve_features.window"


class ReplayFailedError(RuntimeError):
    """A program of the replay did not do its part; its own lines say why."""


@dataclass(frozen=True)
class Days:
    """The days from one date until before another, and the set of feature tables that knows them."""

    as_of: str
    start: str
    end: str


@dataclass(frozen=True)
class Replay:
    """A replay in its directory; `serving` says where it is served."""

    directory: Path
    days: Days
    serving: LocalSettings

    @classmethod
    def new(cls, directory: Path, days: Days) -> "Replay":
        """A replay in an empty directory, served on the ports that the environment names.

        Raises:
            SettingsError: a setting of the environment cannot be right.
        """
        try:
            serving = LocalSettings(directory=directory / "serving", publish_uri=directory / "published")
        except ValidationError as error:
            raise SettingsError(explain(error, LocalSettings)) from error
        return cls(directory, days, serving)

    def check_ports(self) -> None:
        """Have it said before the first step that a port is taken; raises SettingsError."""
        for name in ("rest_port", "grpc_port", "monitor_port"):
            host, port = self.serving.host, getattr(self.serving, name)
            try:
                bound(host, port).close()
            except OSError as error:
                raise SettingsError(
                    f"port {port} of {host} cannot be had ({error.strerror}); "
                    f"choose another with {PREFIX}LOCAL_{name.upper()}"
                ) from error

    def prepare(self, manifest: Path) -> None:
        """Write what is served and what is sent, and fill the online store; raises ReplayFailedError."""
        self.serving.manifest.parent.mkdir(parents=True)
        stores = self.directory / "online.db", self.directory / "monitor.db"
        replace_file(self.serving.manifest, with_stores(manifest.read_text(encoding="utf-8"), *stores))
        window = ["--start", self.days.start, "--end", self.days.end, "--output", str(self._requests)]
        with (
            self._program("features", [WINDOW, "--as-of", self.days.as_of, *window], log="window") as writing,
            # Given no instant, it fills the store and ends.
            self._program("features", self._advancer, log="filling") as filling,
        ):
            if writing.wait() or filling.wait():
                raise ReplayFailedError(
                    f"the requests or the online store failed: see {self.directory}/*.log"
                )

    @contextlib.contextmanager
    def served(self, console: Console) -> Iterator[subprocess.Popen[str]]:
        """Serve in this block; raises ReplayFailedError where that does not come to be."""
        with self._program("serving", ["serving.local"]) as process:
            lines = _shown(process.stdout or (), console)
            try:
                if READY not in lines:
                    raise ReplayFailedError("what was published is not served")
                # What it says from now on must be read too, or it would wait for that.
                threading.Thread(target=list, args=(lines,), daemon=True).start()
                yield process
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(ENDING_SECONDS)

    def run(self, signature: Path) -> ReplayResult:
        """Replay to what is served; raises ReplayFailedError where it broke off."""
        result, host = self.directory / "result.json", self.serving.host
        advance = [str(environment_of(image("features")) / "bin" / "python3"), "-m", *self._advancer]
        options = {
            "requests": self._requests,
            "signature": signature,
            "advance": shlex.join(advance),
            "result": result,
            "rest": f"http://{host}:{self.serving.rest_port}",
            "grpc": f"{host}:{self.serving.grpc_port}",
            "monitor": f"http://{host}:{self.serving.monitor_port}",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        # Its progress belongs to the terminal, where there is one.
        sys.stdout.flush()
        shared = sys.stdout.fileno()
        with self._program("serving", ["serving.replay", *arguments], output=shared) as process:
            process.wait()
        if not result.exists():
            raise ReplayFailedError("the replay broke off")
        return ReplayResult.model_validate_json(result.read_text(encoding="utf-8"))

    @property
    def _requests(self) -> Path:
        return self.directory / "requests.parquet"

    @property
    def _advancer(self) -> list[str]:
        return [ADVANCER, "--as-of", self.days.as_of, "--since", self.days.start]

    @contextlib.contextmanager
    def _program(
        self, environment: Environment, module: Sequence[str], *, log: str = "", output: int = subprocess.PIPE
    ) -> Iterator[subprocess.Popen[str]]:
        """Run a module of an environment in this block, with the stores of this replay."""
        python = environment_of(image(environment))
        settings = StepSettings.from_environment().variables() | {
            f"{PREFIX}ONLINE_STORE": sqlite_url(self.directory / "online.db"),
            f"{PREFIX}PUBLISH_URI": str(self.serving.publish_uri),
            f"{PREFIX}LOCAL_DIRECTORY": str(self.serving.directory),
        }
        with contextlib.ExitStack() as afterwards, contextlib.ExitStack() as stack:
            file = stack.enter_context((self.directory / f"{log}.log").open("w")) if log else output
            inherited = variables(python, settings, self.directory)
            command = [str(python / "bin" / "python3"), "-m", *module]
            process = stack.enter_context(guarded_process(command, inherited, file))
            if process.stdout is not None:
                # Closed once nothing writes to it any more: somebody may be reading it until then.
                afterwards.enter_context(process.stdout)
            yield process


def _shown(lines: Iterable[str], console: Console) -> Iterator[str]:
    """Show each line as it comes, and pass it on."""
    for line in lines:
        console.print(f"[dim]\\[serving][/] {escape(line.rstrip())}", soft_wrap=True)
        yield line.rstrip()

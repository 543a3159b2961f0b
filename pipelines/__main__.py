"""The command line of the pipelines: compile them, run them here, show the whole road."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from components.image_digests import UnknownImageError
from pipelines import kubeflow_commands, run_command, submit_command
from pipelines.compilation import PIPELINES, compile_pipeline
from pipelines.demo import demonstrate
from pipelines.local.console import open_console
from pipelines.local.settings import RUNS
from pipelines.parameters import ParameterError
from pipelines.submission.errors import KubeflowError
from serving.local.environments import EnvironmentMissingError
from serving.local.places import STATE
from serving.settings import SettingsError

# What a caller can mend; each is one sentence.
REFUSALS = (
    typer.TyperException,
    ParameterError,
    SettingsError,
    EnvironmentMissingError,
    KubeflowError,
    UnknownImageError,
)

app = typer.Typer(
    help="Compile the pipelines, run them here or on Kubeflow Pipelines, show the whole road.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(run_command.app, name="run")
app.add_typer(submit_command.submit_app, name="submit")
app.add_typer(submit_command.schedule_app, name="schedule")
app.add_typer(kubeflow_commands.app)


@app.command("compile")
def compile_all(
    output: Annotated[Path, typer.Option(help="The directory to write to.")] = STATE / "compiled",
    registry: Annotated[str | None, typer.Option(help="The registry of the images.")] = None,
    tag: Annotated[str | None, typer.Option(help="The tag of the images.")] = None,
) -> None:
    """Compile every pipeline to YAML, for this machine and for Kubeflow Pipelines alike."""
    for name, value in (("ONTIME_IMAGE_REGISTRY", registry), ("ONTIME_IMAGE_TAG", tag)):
        if value is not None:
            os.environ[name] = value
    for name in PIPELINES:
        typer.echo(compile_pipeline(name, output))


@app.command()
def demo(
    runs: Annotated[Path, typer.Option(help="Where the directories of runs are made.")] = RUNS,
    once: Annotated[
        bool | None,
        typer.Option(
            "--once/--stay",
            help="Whether what is served ends with the demo. "
            "By default it stays until Ctrl-C in a terminal, and ends where CI is set or nobody can type.",
        ),
    ] = None,
) -> None:
    """Show the whole road: features, a model, its gate, and how it answers to the days that follow."""
    alone = bool(os.environ.get("CI")) or not sys.stdin.isatty()
    raise typer.Exit(demonstrate(runs, open_console(), once=alone if once is None else once))


def main() -> int:
    """Run the command line; what the caller got wrong is said in one line, with exit code 2."""
    try:
        return app(standalone_mode=False) or 0
    except REFUSALS as error:
        typer.echo(f"Error: {error}", err=True)
        return 2


if __name__ == "__main__":
    sys.exit(main())

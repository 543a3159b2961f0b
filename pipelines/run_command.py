"""The command `run`: runs a pipeline on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.local import runner, summary
from pipelines.local.console import open_console
from pipelines.local.settings import RUNS
from pipelines.parameters import checked
from pipelines.pipeline_group import Chosen, pipeline_group


def run_here(context: typer.Context, chosen: Chosen) -> None:
    """Run a chosen pipeline and show how it ended."""
    console = open_console()
    record = runner.run(chosen.path, checked(chosen.specification, chosen.given), context.obj, console)
    summary.show(record, console)
    raise typer.Exit(summary.exit_code(record))


app = typer.Typer(cls=pipeline_group(run_here), rich_markup_mode=None)


@app.callback()
def run(
    context: typer.Context,
    runs: Annotated[Path, typer.Option(help="Where the directories of runs are made.")] = RUNS,
) -> None:
    """Run a pipeline on this machine: one of those below, or the path of a compiled one.

    Ends with 0; with 1 when a step failed, 2 when a parameter cannot be right, 3 when the gate refused,
    130 when stopped.
    """
    context.obj = runs

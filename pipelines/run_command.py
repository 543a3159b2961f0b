"""The command `run`: a command for every pipeline, with an option for every parameter that it has."""

import inspect
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipelines.compilation import PIPELINES, compile_pipeline
from pipelines.local import runner, summary
from pipelines.local.console import open_console
from pipelines.local.settings import RUNS
from pipelines.parameters import checked
from pipelines.specification import Parameter, Specification, read_specification


class PipelineGroup(TyperGroup):
    """Compiles a pipeline when its command is asked for, and takes the command's options from the YAML."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- Typer's interface
        """The pipelines by name; any compiled pipeline's path is a command, too."""
        return list(PIPELINES)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """The command that runs a pipeline; None where no pipeline and no file is called so."""
        if cmd_name in PIPELINES:
            directory = ctx.with_resource(TemporaryDirectory(prefix="ontime-"))
            path = compile_pipeline(cmd_name, Path(directory))
        elif cmd_name.endswith((".yaml", ".yml")):
            path = Path(cmd_name)
        else:
            return None
        try:
            return pipeline_command(path, read_specification(path))
        except (OSError, ValueError) as error:
            raise typer.BadParameter(str(error)) from error


app = typer.Typer(cls=PipelineGroup, rich_markup_mode=None)


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


def pipeline_command(path: Path, specification: Specification) -> TyperCommand:
    """The command that runs a compiled pipeline, as Typer makes it from a function's signature."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(specification.name, help=specification.description)(_runs(path, specification))
    command = typer.main.get_command(single)
    if not isinstance(command, TyperCommand):
        raise TypeError(f"typer made a {type(command).__name__} of a single command")
    return command


def _runs(path: Path, specification: Specification) -> Callable[..., None]:
    def command(context: typer.Context, **options: str | None) -> None:
        given = {name: text for name, text in options.items() if text is not None}
        console = open_console()
        record = runner.run(path, checked(specification, given), context.obj, console)
        summary.show(record, console)
        raise typer.Exit(summary.exit_code(record))

    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    options = [_option(parameter) for parameter in specification.parameters]
    command.__signature__ = inspect.Signature([context, *options])  # type: ignore[attr-defined]  # inspect reads it.
    command.__annotations__ = {option.name: option.annotation for option in [context, *options]}
    return command


def _option(parameter: Parameter) -> inspect.Parameter:
    # Every option is text here: what it may be is checked in one place, with one kind of message.
    default = "" if parameter.default in {None, ""} else f"  [default: {parameter.default}]"
    information: Any = typer.Option(
        f"--{parameter.name.replace('_', '-')}",
        help=parameter.description + default,
        metavar=parameter.type.__name__,
    )
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, information],
    )

"""A group of commands, one for every pipeline, with an option for every parameter that the pipeline has."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipelines.compilation import PIPELINES, compile_pipeline
from pipelines.specification import Parameter, Specification, read_specification


@dataclass(frozen=True)
class Chosen:
    """A pipeline as a command line names it: compiled, with the parameters that were given as text."""

    path: Path
    specification: Specification
    given: Mapping[str, str]


# Called with the context and what was chosen; its keyword-only parameters are options of every command.
Action = Callable[..., None]
NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})


def pipeline_group(action: Action, defaults: Mapping[str, str] = NO_DEFAULTS) -> type[TyperGroup]:
    """A group whose commands do `action` with the pipeline that they are named after.

    `defaults` are given for what a pipeline has of these parameters, where nothing else is.
    """

    class PipelineGroup(TyperGroup):
        """Compiles a pipeline when its command is asked for, and takes the options from the YAML."""

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- Typer's interface
            """The pipelines by name; any compiled pipeline's path is a command, too."""
            return list(PIPELINES)

        def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
            """The command for a pipeline; None where no pipeline and no file is called so."""
            if cmd_name in PIPELINES:
                directory = ctx.with_resource(TemporaryDirectory(prefix="ontime-"))
                path = compile_pipeline(cmd_name, Path(directory))
            elif cmd_name.endswith((".yaml", ".yml")):
                path = Path(cmd_name)
            else:
                return None
            try:
                return _command(action, defaults, path, read_specification(path))
            except (OSError, ValueError) as error:
                raise typer.BadParameter(str(error)) from error

    return PipelineGroup


def _command(
    action: Action, defaults: Mapping[str, str], path: Path, specification: Specification
) -> TyperCommand:
    """One pipeline's command, as Typer makes it from a function's signature."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(specification.name, help=specification.description)(
        _bound(action, defaults, path, specification)
    )
    command = typer.main.get_command(single)
    if not isinstance(command, TyperCommand):
        raise TypeError(f"typer made a {type(command).__name__} of a single command")
    return command


def _bound(
    action: Action, defaults: Mapping[str, str], path: Path, specification: Specification
) -> Callable[..., None]:
    own = [p for p in inspect.signature(action).parameters.values() if p.kind is p.KEYWORD_ONLY]
    names = {parameter.name for parameter in own}

    def command(context: typer.Context, **options: Any) -> None:
        given = {name: text for name, text in options.items() if name not in names and text is not None}
        chosen = Chosen(path, specification, given)
        action(context, chosen, **{name: options[name] for name in names})

    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [
        context,
        *own,
        *(_option(parameter, defaults.get(parameter.name)) for parameter in specification.parameters),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect reads it.
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _option(parameter: Parameter, given: str | None) -> inspect.Parameter:
    """The option of a parameter; `given` is its text where nobody types one, None where a package has it."""
    # Every option is text here: what it may be is checked in one place, with one kind of message.
    value = parameter.default if given is None else given
    default = "" if value in {None, ""} else f"  [default: {value}]"
    information: Any = typer.Option(
        f"--{parameter.name.replace('_', '-')}",
        help=parameter.description + default,
        metavar=parameter.type.__name__,
        show_default=False,
    )
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=given,
        annotation=Annotated[str | None, information],
    )

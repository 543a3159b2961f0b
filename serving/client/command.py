"""The command `predict`, with an option for every field that the served model asks for."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from feature_repo.schema import RequestField
from serving.client.answer import lines
from serving.client.request import UnusableRequestError, description, option, request_row
from serving.client.signatures import published_location, signature_at
from serving.client.transports import ask_over_grpc, ask_over_rest
from serving.local.settings import LocalSettings
from serving.signature import Signature

NAME = "predict"
HELP = "Ask for one prediction; its own help lists the fields of the model."


class PublishedGroup(TyperGroup):
    """Reads the signature of the model that is asked, when `predict` is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's interface
        """The one command."""
        return [NAME]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's interface
        """The help on the one command, which needs no model: there may be none yet."""
        with formatter.section("Commands"):
            formatter.write_dl([(NAME, HELP)])

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """The command, with the options that the model needs; None for another name."""
        if cmd_name != NAME:
            return None
        given = {name: value for name, value in ctx.params.items() if value is not None}
        location = given.pop("model", None)
        settings = LocalSettings(**given)
        return _command(settings, signature_at(location or published_location(settings)))


def _command(settings: LocalSettings, signature: Signature) -> TyperCommand:
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(NAME, help=f"Ask for one prediction: that {signature.label_description}.")(
        _predicts(settings, signature)
    )
    command = typer.main.get_command(single)
    if not isinstance(command, TyperCommand):
        raise TypeError(f"typer made a {type(command).__name__} of a single command")
    return command


def _predicts(settings: LocalSettings, signature: Signature) -> Callable[..., None]:
    def command(over_grpc: bool, address: str | None, **typed: str | None) -> None:
        row = request_row(signature, typed)
        port = settings.grpc_port if over_grpc else settings.rest_port
        ask = ask_over_grpc if over_grpc else ask_over_rest
        for line in lines(ask(address or f"{settings.host}:{port}", row), signature):
            typer.echo(line)

    parameters = [
        _parameter("over_grpc", bool, typer.Option("--grpc", help="Ask over gRPC instead of REST."), False),
        _parameter(
            "address",
            str | None,
            typer.Option("--address", metavar="HOST:PORT", help="Where it is served, if not here."),
            None,
        ),
        *(_field_parameter(field) for field in signature.request_fields),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect reads it.
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _field_parameter(field: RequestField) -> inspect.Parameter:
    if field.name in {"grpc", "over_grpc", "address"}:
        raise UnusableRequestError(f"the request field {field.name} is called as an option of this command")
    # Every option is text here: what it may be is checked in one place, with one kind of message.
    information = typer.Option(option(field.name), metavar=field.type, help=description(field))
    return _parameter(field.name, str | None, information, None)


def _parameter(name: str, kind: Any, information: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, information]
    )

"""`python -m serving predict`: ask the served model for a prediction."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from serving.client.answer import UnreadableAnswerError
from serving.client.command import PublishedGroup
from serving.client.request import UnusableRequestError
from serving.client.signatures import UnreadableSignatureError
from serving.client.transports import NoAnswerError
from serving.local.plan import UnrunnableManifestError
from serving.local.settings import LocalSettings
from serving.settings import SettingsError, explain

app = typer.Typer(
    cls=PublishedGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def published(
    deployment: Annotated[str | None, typer.Option(help="The name under which it was published.")] = None,
    publish_uri: Annotated[Path | None, typer.Option(help="Where models are published.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Where the served model lies, if not published here: a path or URL.")
    ] = None,
) -> None:
    """Ask what is published for a prediction."""


def main() -> int:
    """Run the command line; ends with 1 where there is no answer, with 2 where there is no question."""
    try:
        return app(standalone_mode=False) or 0
    except (NoAnswerError, UnreadableAnswerError) as error:
        typer.echo(f"Error: {error}", err=True)
        return 1
    except ValidationError as error:
        typer.echo(f"Error: {explain(error, LocalSettings)}", err=True)
    except (
        typer.TyperException,
        UnusableRequestError,
        UnreadableSignatureError,
        UnrunnableManifestError,
        SettingsError,
    ) as error:
        typer.echo(f"Error: {error}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())

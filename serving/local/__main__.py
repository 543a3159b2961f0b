"""`python -m serving.local`: run the deployment that is published here until Ctrl-C."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from pydantic import ValidationError

from serving.local.alone import AlreadyServedError
from serving.local.cluster import Cluster
from serving.local.container import ContainerFailedError
from serving.local.environments import EnvironmentMissingError
from serving.local.plan import UnrunnableManifestError
from serving.local.settings import LocalSettings
from serving.settings import explain

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - one argument an option
    deployment: Annotated[str | None, typer.Option(help="The name under which it was published.")] = None,
    publish_uri: Annotated[Path | None, typer.Option(help="Where models are published.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to answer on.")] = None,
    rest_port: Annotated[int | None, typer.Option(help="The port for REST.")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="The port for gRPC.")] = None,
    monitor_port: Annotated[int | None, typer.Option(help="The port of the monitor.")] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the program that started this one does.")
    ] = False,
) -> None:
    """Run the published deployment on this machine, and what is published later in its place.

    An option wins over its environment variable (ONTIME_LOCAL_…, ONTIME_PUBLISH_URI). Ends with 0 after
    Ctrl-C or SIGTERM, with 1 when a part died, with 2 when nothing could be started.
    """
    given: dict[str, Any] = {
        "deployment": deployment,
        "publish_uri": publish_uri,
        "host": host,
        "rest_port": rest_port,
        "grpc_port": grpc_port,
        "monitor_port": monitor_port,
    }
    settings = LocalSettings(**{name: value for name, value in given.items() if value is not None})
    uvloop.run(Cluster(settings, _say).run(os.getppid() if with_parent else None))


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def main() -> int:
    """Run the command line; what cannot be run is said in one line."""
    try:
        return app(standalone_mode=False) or 0
    except ValidationError as error:
        typer.echo(f"Error: {explain(error, LocalSettings)}", err=True)
    except ContainerFailedError as error:
        typer.echo(f"Error: {error}", err=True)
        return 1
    except (
        typer.TyperException,
        UnrunnableManifestError,
        EnvironmentMissingError,
        AlreadyServedError,
    ) as error:
        typer.echo(f"Error: {error}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""`python -m serving.replay`: send two windows of the past to what is served, the second one shifted."""

import shlex
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from serving.replay.course import Course, Sent
from serving.replay.monitor import (
    MonitorSilentError,
    Status,
    WatchedDeployment,
    is_judged,
    labelled_rows,
    window_shape,
)
from serving.replay.plan import Plan, plan
from serving.replay.progress import progress
from serving.replay.requests import absurd, read_requests
from serving.replay.rounds import rounds
from serving.replay.store import StoreNotMovedError, moving_store
from serving.replay.summary import Replayed, summarise
from serving.replay.transports import Grpc, RefusedError, Rest
from serving.signature import Signature

# A window waits half a minute for its last rows, and its evaluation takes seconds to start.
VERDICT_SECONDS = 150.0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - one argument an option
    requests: Annotated[Path, typer.Option(exists=True, help="The requests of two windows, as Parquet.")],
    signature: Annotated[Path, typer.Option(exists=True, help="The signature of the served model.")],
    advance: Annotated[str, typer.Option(help="The command that moves the online store on.")],
    result: Annotated[Path, typer.Option(help="The JSON file to write the figures to.")],
    rest: Annotated[str, typer.Option(help="The address for REST, http://host:port.")],
    grpc: Annotated[str, typer.Option(help="The address for gRPC, host:port.")],
    monitor: Annotated[str, typer.Option(help="The address of the monitor, http://host:port.")],
    shift_hours: Annotated[float, typer.Option(help="By how much the second window is shifted.")] = 6,
) -> int:
    """Replay the first window as it was and the second with its schedule shifted; tell what came of it.

    The online store is moved on every quarter of an hour of simulated time, and what came true is told when
    it is known. Ends with 0, or with 1 when something that a replay should show did not happen.
    """
    started = time.monotonic()
    model, deployment = Signature.read(signature), WatchedDeployment(monitor)
    shape = window_shape(deployment.status())
    planned = plan(read_requests(requests, model), shape, model.time_field, timedelta(hours=shift_hours))
    with moving_store(shlex.split(advance), result.with_name("advancer.log")) as store:
        course = Course((Rest(rest), Grpc(grpc)), store.move)
        planted = _run(course, planned, model)
    typer.echo("waiting for the monitor's verdicts")
    status = _judged(deployment, planned, course.actuals)
    replayed = Replayed(planned, course.sent[:-1], planted, course.actuals)
    found = summarise(replayed, status, len(model.features), time.monotonic() - started)
    result.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return 1 if found.unmet else 0


def _run(course: Course, planned: Plan, model: Signature) -> Sent:
    """Send everything, and an outlier after it, which is returned."""
    with progress(len(planned.requests)) as ended:
        course.run(rounds(planned.requests), ended)
    return course.send(absurd(planned.shifted.requests[-1], model))


def _judged(deployment: WatchedDeployment, planned: Plan, actuals: int) -> Status:
    """The status once both windows are judged and every outcome is measured, or as it is after a while."""
    starts = (planned.as_it_was.start, planned.shifted.start)

    def complete(status: Status) -> bool:
        return all(is_judged(status, start) for start in starts) and labelled_rows(status) == actuals

    return deployment.await_status(complete, VERDICT_SECONDS)


def main() -> int:
    """Run the command line; what cannot be replayed is said in one line."""
    try:
        return app(standalone_mode=False) or 0
    except (
        typer.TyperException,
        RefusedError,
        StoreNotMovedError,
        MonitorSilentError,
        ValueError,
    ) as error:
        typer.echo(f"Error: {error}", err=True)
        return 2


if __name__ == "__main__":
    sys.exit(main())

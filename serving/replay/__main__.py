"""`python -m serving.replay`: send windows of the past to what is served, all but the first one shifted."""

import shlex
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from serving.client.seldon import Grpc, RefusedError, Rest
from serving.replay.course import Course
from serving.replay.monitor import MonitorSilentError, Status, WatchedDeployment, judgement, labelled_rows
from serving.replay.plan import ReplayedWindow, plan
from serving.replay.progress import progress
from serving.replay.requests import absurd, read_requests
from serving.replay.rounds import rounds
from serving.replay.store import StoreNotMovedError, moving_store
from serving.replay.summary import Replayed, summarise
from serving.signature import Signature

# A window waits half a minute for its last rows, and its evaluation takes seconds to start.
VERDICT_SECONDS = 150.0
# The monitor answers before its store is there.
STORE_SECONDS = 30.0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - one argument an option
    requests: Annotated[Path, typer.Option(exists=True, help="The requests of the windows, as Parquet.")],
    signature: Annotated[Path, typer.Option(exists=True, help="The signature of the served model.")],
    advance: Annotated[str, typer.Option(help="The command that moves the online store on.")],
    result: Annotated[Path, typer.Option(help="The JSON file to write the figures to.")],
    rest: Annotated[str, typer.Option(help="The address for REST, http://host:port.")],
    grpc: Annotated[str, typer.Option(help="The address for gRPC, host:port.")],
    monitor: Annotated[str, typer.Option(help="The address of the monitor, http://host:port.")],
    shift_hours: Annotated[float, typer.Option(help="By how much the later windows are shifted.")] = 6,
) -> int:
    """Replay a window as it was, and with a shifted schedule as many as a breach needs; tell what came of it.

    The online store is moved on to each quarter of an hour in which something is sent, and what came true is
    told when it is known. Ends with 0, or with 1 when something that a replay should show did not happen.
    """
    started = time.monotonic()
    model, deployment = Signature.read(signature), WatchedDeployment(monitor)
    shape = deployment.window_shape(STORE_SECONDS)
    planned = plan(read_requests(requests, model), shape, model.time_field, timedelta(hours=shift_hours))
    with moving_store(shlex.split(advance), result.with_name("advancer.log")) as store:
        course = Course((Rest(rest), Grpc(grpc)), store.move)
        said = _run(course, planned, deployment)
        planted = course.send(absurd(planned[-1].requests[-1], model))
    typer.echo("waiting for the monitor's verdicts")
    said.append(_judged(deployment, planned[-1], course.actuals))
    replayed = Replayed(planned, course.sent[:-1], planted, course.actuals)
    found = summarise(replayed, said, len(model.features), time.monotonic() - started)
    result.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return 1 if found.unmet else 0


def _run(course: Course, planned: Sequence[ReplayedWindow], deployment: WatchedDeployment) -> list[Status]:
    """Send the windows in turn; returns what the monitor said after each of them but the last."""
    turns = rounds([request for window in planned for request in window.requests])
    said: list[Status] = []
    with progress(sum(len(turn.requests) for turn in turns)) as ended:
        for before, window in zip((None, *planned), planned, strict=False):
            course.run([turn for turn in turns if window.start <= turn.instant < window.end], ended)
            # A window is judged half a minute after its last row, so the next one is sent meanwhile.
            if before is not None:
                said.append(_judged(deployment, before))
    return said


def _judged(deployment: WatchedDeployment, window: ReplayedWindow, actuals: int = 0) -> Status:
    """The status once a window is judged and so many outcomes are measured, or as it is after a while."""

    def complete(status: Status) -> bool:
        return judgement(status, window.start) is not None and labelled_rows(status) >= actuals

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

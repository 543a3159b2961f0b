"""`python -m benchmarks.serving`: the published model served beside the stock parts; tables, and JSON.

It takes what is published on this machine. The servers share one core, the client has another. No speed
fails it: it ends with 0 when everything was measured, with 2 when there is nothing to measure.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from pydantic import ValidationError

from benchmarks.bench import Bench
from benchmarks.comparison import Plan
from benchmarks.cores import AVAILABLE, CLIENT
from benchmarks.parts import PARTS, Part, Result
from benchmarks.report import show
from benchmarks.rows import UnreadableStoreError
from serving.local.container import ContainerFailedError
from serving.local.environments import EnvironmentMissingError
from serving.local.places import STATE
from serving.local.plan import UnrunnableManifestError
from serving.local.settings import LocalSettings
from serving.settings import explain

SIZES = (1, 100)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def measure(
    part: Annotated[list[Part], typer.Option(help="What to measure; all of it when left out.")] = [],  # noqa: B006
    rounds: Annotated[int, typer.Option(min=1, help="How often each peer is measured.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.01, help="How long each time.")] = 1.5,
    outage: Annotated[float, typer.Option(min=0.1, help="Seconds without the monitor's store.")] = 60,
    output: Annotated[Path, typer.Option(help="The directory for the JSON.")] = STATE / "benchmarks",
) -> None:
    """Measure what is published here, print tables, and write the figures as JSON."""
    started = datetime.now(UTC)
    os.sched_setaffinity(0, {CLIENT})
    plan = Plan(SIZES, rounds, seconds)
    with tempfile.TemporaryDirectory(prefix="ontime-benchmark-") as directory:
        bench = Bench.open(LocalSettings(), plan, outage, Path(directory), _say)
        results = uvloop.run(_measured(bench, part or list(Part)))
    for missing in (line for result in results.values() for line in result.missing):
        typer.echo(f"not measured: {missing}")
    path = _write(output, started, plan, results)
    typer.echo(f"{len(AVAILABLE)} cores: one for the servers, one for the client")
    typer.echo(f"written to {path}")


async def _measured(bench: Bench, parts: Sequence[Part]) -> dict[Part, Result]:
    results = {}
    async with bench.pods:
        for part in parts:
            results[part] = await PARTS[part](bench)
            show(results[part].tables)
    return results


def _write(output: Path, started: datetime, plan: Plan, results: Mapping[Part, Result]) -> Path:
    document: dict[str, Any] = {
        "measured_at": started.isoformat(),
        "cores": len(AVAILABLE),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        **{part: result.document for part, result in results.items()},
        "not_measured": [line for result in results.values() for line in result.missing],
    }
    output.mkdir(parents=True, exist_ok=True)
    path = output / f"serving-{started:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def _say(line: str) -> None:
    typer.echo(line, err=True)


def main() -> int:
    """Run the command line; what cannot be measured is said in one line."""
    try:
        return app(standalone_mode=False) or 0
    except ValidationError as error:
        typer.echo(f"Error: {explain(error, LocalSettings)}", err=True)
    except (
        typer.TyperException,
        UnrunnableManifestError,
        UnreadableStoreError,
        EnvironmentMissingError,
        ContainerFailedError,
    ) as error:
        typer.echo(f"Error: {error}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())

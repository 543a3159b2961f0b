"""The commands that look at what is on Kubeflow Pipelines: `list`, `logs` and `terminate`."""

from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from pipelines.local.console import open_console
from pipelines.submission import scheduling
from pipelines.submission.connection import connect
from pipelines.submission.errors import KubeflowError, explained
from pipelines.submission.listing import latest_runs, step_names
from pipelines.submission.logs import step_log
from pipelines.submission.pods import Pods, open_pods
from pipelines.submission.settings import kubeflow_settings
from pipelines.submit_command import CaFile, Context, Host, Profile, TokenPath

app = typer.Typer(rich_markup_mode=None)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as `submit` and `list` tell it.")]


@app.command("list")
def list_all(
    host: Host = None,
    profile: Profile = None,
    token_path: TokenPath = None,
    ca_file: CaFile = None,
    number: Annotated[int, typer.Option(min=1, max=100, help="How many runs at most.")] = 20,
) -> None:
    """List the latest runs on Kubeflow Pipelines, and every schedule."""
    settings = kubeflow_settings(host=host, profile=profile, token_path=token_path, ca_file=ca_file)
    client = connect(settings)
    console = open_console()
    runs = Table("run", "name", "state", "started", box=box.SIMPLE_HEAD)
    for run in latest_runs(client, settings, number):
        started = f"{run.created_at:%Y-%m-%d %H:%M}"
        runs.add_row(run.run_id, escape(run.display_name), run.state or "", started)
    console.print(runs)
    schedules = Table("schedule", "name", "when (UTC)", "state", box=box.SIMPLE_HEAD)
    for item in scheduling.schedules(client, settings):
        cron = item.trigger.cron_schedule if item.trigger else None
        when = cron.cron if cron else "at intervals"
        schedules.add_row(item.recurring_run_id, escape(item.display_name), when, item.status or "")
    console.print(schedules)


@app.command()
def logs(
    run_id: RunId,
    step: Annotated[str | None, typer.Argument(help="The step; without it, each that has run.")] = None,
    host: Host = None,
    profile: Profile = None,
    token_path: TokenPath = None,
    ca_file: CaFile = None,
    context: Context = None,
) -> None:
    """Print the log of a step of a run on Kubeflow Pipelines."""
    settings = kubeflow_settings(
        host=host, profile=profile, token_path=token_path, ca_file=ca_file, context=context
    )
    pods = Pods(open_pods(settings.context), settings.steps_namespace, run_id)
    client = connect(settings)
    with explained(settings.address):
        run = client.get_run(run_id)
    names = step_names(run)
    if step is not None and step not in names:
        raise KubeflowError(f"run {run_id} has no step {step} yet; it has {', '.join(names) or 'none'}")
    for name in names if step is None else [step]:
        for line in step_log(settings, run, name, pods).splitlines():
            typer.echo(line if step is not None else f"[{name}] {line}")


@app.command()
def terminate(
    run_id: RunId,
    host: Host = None,
    profile: Profile = None,
    token_path: TokenPath = None,
    ca_file: CaFile = None,
) -> None:
    """End a run on Kubeflow Pipelines, which then calls it failed."""
    settings = kubeflow_settings(host=host, profile=profile, token_path=token_path, ca_file=ca_file)
    client = connect(settings)
    with explained(settings.address):
        client.terminate_run(run_id)
    typer.echo(f"run {run_id} was told to end")

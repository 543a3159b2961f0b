"""The commands `submit` and `schedule`: a pipeline of ours, or a compiled one, on Kubeflow Pipelines."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from components.image_digests import with_digest
from pipelines.local.console import open_console
from pipelines.parameters import checked
from pipelines.pipeline_group import Chosen, pipeline_group
from pipelines.specification import Value
from pipelines.submission import packages, scheduling, submitting, tasks
from pipelines.submission.connection import Client, connect
from pipelines.submission.following import Patience
from pipelines.submission.pods import open_pods
from pipelines.submission.settings import KubeflowSettings, kubeflow_settings
from pipelines.submission.watching import Watch
from serving.deployment.images import REFERENCE

# What a run on a cluster wants other than one on this machine does, unless it is given.
ON_A_CLUSTER = {"target": "cluster"}

Host = Annotated[str | None, typer.Option(help="The address of Kubeflow Pipelines. [ONTIME_KFP_HOST]")]
Dashboard = Annotated[
    str | None, typer.Option(help="The dashboard's address, where it is another. [ONTIME_KFP_DASHBOARD]")
]
Profile = Annotated[
    str | None, typer.Option(help="Your namespace, where there are several users. [ONTIME_KFP_PROFILE]")
]
TokenPath = Annotated[
    Path | None, typer.Option(help="The file of a token that is renewed. [ONTIME_KFP_TOKEN_PATH]")
]
CaFile = Annotated[Path | None, typer.Option(help="The certificates to trust. [ONTIME_KFP_CA_FILE]")]
Context = Annotated[
    str | None,
    typer.Option(
        "--context", help="The kubeconfig's context, where it is not the current one. [ONTIME_KFP_CONTEXT]"
    ),
]
Experiment = Annotated[str | None, typer.Option(help="The experiment; by default, the pipeline's name.")]


def submit(
    context: typer.Context,  # noqa: ARG001 - of every action
    chosen: Chosen,
    *,
    host: Host = None,
    dashboard: Dashboard = None,
    profile: Profile = None,
    token_path: TokenPath = None,
    ca_file: CaFile = None,
    kube_context: Context = None,
    experiment: Experiment = None,
    run_name: Annotated[str | None, typer.Option(help="The name of the run.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end.")] = False,
    patience: Annotated[
        float, typer.Option(min=1, help="Seconds after which a run that does nothing is called blocked.")
    ] = 1800,
    terminate: Annotated[
        bool | None,
        typer.Option("--terminate/--keep", help="Whether to end a blocked run; by default it is asked."),
    ] = None,
) -> None:
    """Upload a version, start a run of it, and follow it if that is wanted."""
    settings = kubeflow_settings(
        host=host,
        dashboard=dashboard,
        profile=profile,
        token_path=token_path,
        ca_file=ca_file,
        context=kube_context,
    )
    console = open_console()
    core = open_pods(settings.context) if wait else None
    arguments = _arguments(chosen, console)
    package = packages.read_package(chosen.path, _resolver(console))
    client = connect(settings)
    submitted = submitting.submit(
        client,
        settings,
        _uploaded(client, settings, package, console),
        experiment=experiment or package.name,
        name=run_name or f"{package.name} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        arguments=arguments,
    )
    console.print(f"run {submitted.run_id}: {submitted.link}", soft_wrap=True)
    if wait:
        watch = Watch(client, settings, submitted, console, core)
        code = watch.to_the_end(tasks.read_text(package.text), Patience(patience))
        if watch.blocked and _wants_end(console, terminate):
            watch.terminate()
        raise typer.Exit(code)


def schedule(
    context: typer.Context,  # noqa: ARG001 - of every action
    chosen: Chosen,
    *,
    cron: Annotated[str, typer.Option(help="When, in UTC: '0 6 * * *' is every day at six.")],
    host: Host = None,
    dashboard: Dashboard = None,
    profile: Profile = None,
    token_path: TokenPath = None,
    ca_file: CaFile = None,
    experiment: Experiment = None,
    name: Annotated[str | None, typer.Option(help="By default, the pipeline's name.")] = None,
) -> None:
    """Upload a version and run it at the times of a cron expression, in place of a schedule of that name."""
    settings = kubeflow_settings(
        host=host, dashboard=dashboard, profile=profile, token_path=token_path, ca_file=ca_file
    )
    console = open_console()
    expression = scheduling.cron_expression(cron)
    arguments = _arguments(chosen, console)
    scheduling.refuse_instant(arguments)
    package = packages.read_package(chosen.path, _resolver(console))
    client = connect(settings)
    scheduled = scheduling.schedule(
        client,
        settings,
        _uploaded(client, settings, package, console),
        experiment=experiment or package.name,
        name=name or package.name,
        cron=expression,
        arguments=arguments,
    )
    replaced = f", in the place of {scheduled.replaced}" if scheduled.replaced else ""
    console.print(f"schedule {scheduled.schedule_id}: {scheduled.cron} (UTC){replaced}", soft_wrap=True)


submit_app = typer.Typer(
    cls=pipeline_group(submit, ON_A_CLUSTER),
    rich_markup_mode=None,
    help="Run a pipeline on Kubeflow Pipelines: one of those below, or the path of a compiled one. "
    "Followed with --wait it ends with 0; with 1 when a step failed, 2 when something was refused before it "
    "started, 3 when the gate refused, 4 when it was canceled, 5 when it cannot go on, 130 when no longer "
    "followed.",
)
schedule_app = typer.Typer(
    cls=pipeline_group(schedule, ON_A_CLUSTER),
    rich_markup_mode=None,
    help="Run a pipeline again and again.",
)


def _arguments(chosen: Chosen, console: Console) -> dict[str, Value]:
    """What is given, checked as it is sent: with its images by digest, wherever a registry gives one.

    The rest has its default from the package, whose images are resolved, too.
    """
    resolve = _resolver(console)
    given = {
        name: resolve(text) if name in packages.IMAGE_PARAMETERS and REFERENCE.fullmatch(text) else text
        for name, text in chosen.given.items()
    }
    arguments = checked(chosen.specification, given)
    return {name: arguments[name] for name in given}


def _resolver(console: Console) -> packages.Resolve:
    return lambda image: with_digest(image, lambda text: console.print(text, style="dim", soft_wrap=True))


def _uploaded(
    client: Client, settings: KubeflowSettings, package: packages.Package, console: Console
) -> submitting.Uploaded:
    uploaded = submitting.upload(client, settings, package)
    console.print(
        f"pipeline {package.name}, version {package.version}{'' if uploaded.new else ' (already there)'}"
    )
    return uploaded


def _wants_end(console: Console, terminate: bool | None) -> bool:
    if terminate is not None:
        return terminate
    if not console.is_terminal:
        return False
    try:
        return typer.confirm("End the run?")
    except typer.Abort:
        # Ctrl-C, or nobody can type.
        return False

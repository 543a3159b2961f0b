"""Uploads a version of a pipeline and starts a run of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kfp_server_api import ApiException, V2beta1Pipeline

from pipelines.specification import Value
from pipelines.submission.connection import Client, quiet
from pipelines.submission.errors import explained
from pipelines.submission.packages import Package
from pipelines.submission.pages import PAGE, every
from pipelines.submission.settings import KubeflowSettings

CONFLICT = 409


@dataclass(frozen=True)
class Uploaded:
    """A version of a pipeline that Kubeflow Pipelines has."""

    pipeline_id: str
    version_id: str
    version: str
    new: bool


@dataclass(frozen=True)
class Submitted:
    """A run that was started, and where a browser shows it."""

    run_id: str
    name: str
    link: str


def upload(client: Client, settings: KubeflowSettings, package: Package) -> Uploaded:
    """Have this version there: a pipeline of the name is reused, and a version of the same content too."""
    with explained(settings.address), quiet():
        pipeline_id = _pipeline(client, settings, package.name)
        existing = _version_id(client, pipeline_id, package.version)
        if existing is not None:
            return Uploaded(pipeline_id, existing, package.version, new=False)
        return Uploaded(pipeline_id, _upload(client, pipeline_id, package), package.version, new=True)


def submit(
    client: Client,
    settings: KubeflowSettings,
    uploaded: Uploaded,
    *,
    experiment: str,
    name: str,
    arguments: Mapping[str, Value],
) -> Submitted:
    """Start a run of a version in an experiment, which is made where it is missing."""
    with explained(settings.address), quiet():
        group = client.create_experiment(experiment, namespace=settings.profile)
        run = client.run_pipeline(
            group.experiment_id,
            name,
            params=dict(arguments),
            pipeline_id=uploaded.pipeline_id,
            version_id=uploaded.version_id,
        )
    return Submitted(run.run_id, name, run_link(settings, run.run_id))


def run_link(settings: KubeflowSettings, run_id: str) -> str:
    """Where the dashboard shows a run."""
    return f"{settings.dashboard_address}/#/runs/details/{run_id}"


def _pipeline(client: Client, settings: KubeflowSettings, name: str) -> str:
    found = _pipeline_id(client, settings, name)
    if found is not None:
        return found
    try:
        # Made empty, so that its first version is named by its content, too.
        made = client.pipelines.pipeline_service_create_pipeline(
            pipeline=V2beta1Pipeline(display_name=name, name=name, namespace=settings.profile)
        )
    except ApiException as error:
        # Another submission was faster.
        found = _pipeline_id(client, settings, name) if error.status == CONFLICT else None
        if found is None:
            raise
        return found
    return str(made.pipeline_id)


def _upload(client: Client, pipeline_id: str, package: Package) -> str:
    with TemporaryDirectory(prefix="ontime-") as directory:
        path = str(package.write(Path(directory)))
        try:
            version = client.upload_pipeline_version(path, package.version, pipeline_id=pipeline_id)
        except ApiException as error:
            found = _version_id(client, pipeline_id, package.version) if error.status == CONFLICT else None
            if found is None:
                raise
            return found
    return str(version.pipeline_version_id)


def _pipeline_id(client: Client, settings: KubeflowSettings, name: str) -> str | None:
    def page(token: str) -> tuple[list[Any] | None, str | None]:
        found = client.list_pipelines(page_token=token, page_size=PAGE, namespace=settings.profile)
        return found.pipelines, found.next_page_token

    return next((str(item.pipeline_id) for item in every(page) if item.display_name == name), None)


def _version_id(client: Client, pipeline_id: str, name: str) -> str | None:
    def page(token: str) -> tuple[list[Any] | None, str | None]:
        found = client.list_pipeline_versions(pipeline_id, page_token=token, page_size=PAGE)
        return found.pipeline_versions, found.next_page_token

    return next((str(item.pipeline_version_id) for item in every(page) if item.display_name == name), None)

"""What is on Kubeflow Pipelines: the latest runs, and the steps of one."""

from typing import Any

from pipelines.submission.connection import Client
from pipelines.submission.errors import explained
from pipelines.submission.settings import KubeflowSettings
from pipelines.submission.state import DRIVER, task_details


def latest_runs(client: Client, settings: KubeflowSettings, number: int) -> list[Any]:
    """The latest runs that this user may see, the newest first."""
    with explained(settings.address):
        page = client.list_runs(page_size=number, sort_by="created_at desc", namespace=settings.profile)
    return list(page.runs or [])


def step_names(run: Any) -> list[str]:
    """The steps of a run that have run: what has a driver of its own and a pod below it."""
    details = sorted(task_details(run), key=lambda detail: detail.start_time)
    drivers = {detail.display_name.removesuffix(DRIVER) for detail in details}
    return [
        detail.display_name
        for detail in details
        if detail.display_name in drivers and detail.child_tasks and detail.state != "SKIPPED"
    ]

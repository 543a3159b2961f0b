"""Has a pipeline run again and again, at the times of a cron expression."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.parameters import ParameterError
from pipelines.specification import Value
from pipelines.submission.connection import Client, quiet
from pipelines.submission.errors import explained
from pipelines.submission.pages import PAGE, every
from pipelines.submission.settings import KubeflowSettings
from pipelines.submission.submitting import Uploaded

AS_OF = "as_of"
# What Kubeflow's cron takes in a field; it has a field for the seconds before the customary five.
_FIELD = re.compile(r"[\d*/,?A-Za-z-]+")


@dataclass(frozen=True)
class Scheduled:
    """A schedule that was made, and how many of its name it replaced."""

    schedule_id: str
    cron: str
    replaced: int


def cron_expression(text: str) -> str:
    """The expression that Kubeflow takes: six fields, of which the first are the seconds; five get a 0 there.

    Raises ParameterError for another number of fields and for what no field may hold.
    """
    fields = text.split()
    if len(fields) not in {5, 6} or not all(map(_FIELD.fullmatch, fields)):
        raise ParameterError(f"cron: {text!r} has not the five or six fields of a cron expression")
    return " ".join(fields if len(fields) == 6 else ["0", *fields])


def refuse_instant(arguments: Mapping[str, Value]) -> None:
    """Raise ParameterError where the instant to stand at is given: every run would stand at the same."""
    if arguments.get(AS_OF):
        raise ParameterError(f"{AS_OF}: each run of a schedule finds its own, leave it out")


def schedule(
    client: Client,
    settings: KubeflowSettings,
    uploaded: Uploaded,
    *,
    experiment: str,
    name: str,
    cron: str,
    arguments: Mapping[str, Value],
) -> Scheduled:
    """Make a schedule in the place of any other of its name: one run at a time, none made up for."""
    with explained(settings.address), quiet():
        group = client.create_experiment(experiment, namespace=settings.profile)
        former = [item for item in _schedules(client, settings) if item.display_name == name]
        made = client.create_recurring_run(
            group.experiment_id,
            name,
            cron_expression=cron,
            max_concurrency=1,
            no_catchup=True,
            params=dict(arguments),
            pipeline_id=uploaded.pipeline_id,
            version_id=uploaded.version_id,
        )
        # Last, so that a failure before leaves the former one as it is.
        for item in former:
            client.delete_recurring_run(item.recurring_run_id)
    return Scheduled(made.recurring_run_id, cron, replaced=len(former))


def schedules(client: Client, settings: KubeflowSettings) -> list[Any]:
    """Every schedule that this user may see."""
    with explained(settings.address):
        return _schedules(client, settings)


def _schedules(client: Client, settings: KubeflowSettings) -> list[Any]:
    def page(token: str) -> tuple[list[Any] | None, str | None]:
        found = client.list_recurring_runs(page_token=token, page_size=PAGE, namespace=settings.profile)
        return found.recurring_runs, found.next_page_token

    return list(every(page))

"""The name of a step's pod is found in what the API tells of a run, whether the controller retries or not.

The first attempt of `ingest` is that of a run on Kubeflow Pipelines 2.17; its other numbers follow from
the names.
"""

from types import SimpleNamespace
from typing import Any

from pipelines.submission.logs import pod_name


def detail(name: str, *children: str) -> Any:
    return SimpleNamespace(
        display_name=name, child_tasks=[SimpleNamespace(pod_name=child) for child in children] or None
    )


def run(*details: Any) -> Any:
    return SimpleNamespace(run_details=SimpleNamespace(task_details=[*details]))


RETRIED = (
    detail("ingest", "features-lshv9-3133748048"),
    detail("ingest(0)", "features-lshv9-3205215515"),
    detail("executor(0)"),
)


def test_without_retries_the_pod_is_the_child_of_its_step() -> None:
    told = run(detail("ingest", "features-lshv9-528315620"), detail("executor"))
    assert pod_name(told, "ingest") == "features-lshv9-system-container-impl-528315620"


def test_with_retries_the_pod_is_an_attempt_of_an_attempt() -> None:
    others = detail("executor", "features-lshv9-1", "features-lshv9-2")
    told = run(*RETRIED, others, detail("executor", "features-lshv9-1164538390"))
    assert pod_name(told, "ingest") == "features-lshv9-system-container-impl-1164538390"


def test_with_retries_a_step_without_a_pod_has_none() -> None:
    assert pod_name(run(*RETRIED, detail("executor", "features-lshv9-1")), "ingest") is None


def test_the_last_attempt_is_looked_at() -> None:
    # executor(0) and executor(1) below ingest(0).
    told = run(*RETRIED, detail("executor", "features-lshv9-1164538390", "features-lshv9-560397011"))
    assert pod_name(told, "ingest") == "features-lshv9-system-container-impl-560397011"

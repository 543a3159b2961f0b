"""What a report shows of pods and events, and how it reads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from components.publish.cluster.evidence import (
    ContainerState,
    Evidence,
    report,
    unwell_containers,
    unwell_pod,
    warnings,
)

STARTED = datetime(2026, 1, 1, 12, tzinfo=UTC)


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "parcels-1"}, "status": status}


def states(**status: Any) -> list[tuple[str, str]]:
    return [(item.container, item.reason) for item in unwell_containers(pod(**status))]


def test_a_container_that_loops_is_told_with_its_last_end() -> None:
    container = {
        "name": "features",
        "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
    }
    assert states(containerStatuses=[container]) == [
        ("features", "CrashLoopBackOff: back-off 40s: ended with 1: Error")
    ]


def test_a_container_that_runs_and_is_not_ready_is_told() -> None:
    container = {"name": "model", "ready": False, "state": {"running": {"startedAt": "now"}}}
    assert states(containerStatuses=[container]) == [("model", "running, but not ready")]


def test_an_init_container_that_failed_is_told_and_one_that_ended_well_is_not() -> None:
    containers = [
        {"name": "fetch", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}},
        {"name": "other", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
    ]
    assert states(initContainerStatuses=containers) == [("fetch", "ended with 1: Error")]


def test_a_container_that_waits_for_its_turn_is_not_told() -> None:
    container = {"name": "model", "state": {"waiting": {"reason": "PodInitializing"}}}
    assert states(containerStatuses=[container]) == []


def test_a_pod_for_which_no_node_has_room_is_told() -> None:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "Insufficient cpu",
    }
    assert unwell_pod(pod(conditions=[condition])) == "parcels-1: Unschedulable: Insufficient cpu"


def event(name: str, text: str, *, kind: str = "Warning", at: str = "2026-01-01T12:00:05Z") -> dict[str, Any]:
    return {
        "metadata": {},
        "type": kind,
        "reason": "Failed",
        "message": text,
        "lastTimestamp": at,
        "involvedObject": {"kind": "Pod", "name": name},
    }


MADE = ["parcels-default-0-graph"]


def told(*events: dict[str, Any]) -> tuple[str, ...]:
    return warnings(events, "parcels", MADE, STARTED)


def test_only_the_warnings_of_this_publication_are_told() -> None:
    assert told(
        event("parcels-default-0-graph-1", "pull"),
        event("parcels-default-0-graph-1", "started", kind="Normal"),
        event("parcels-default-0-graph-1", "of yesterday", at="2025-12-31T12:00:00Z"),
    ) == ("Pod parcels-default-0-graph-1: Failed: pull",)


def test_what_differs_in_the_end_of_a_pods_name_is_told_once() -> None:
    assert told(
        event("parcels-default-0-graph-1", "no room for parcels-1-x7k2p"),
        event("parcels-default-0-graph-2", "no room for parcels-1-q9v4z"),
    ) == ("Pod parcels-default-0-graph-2: Failed: no room for parcels-1-q9v4z",)


def test_what_is_told_is_about_the_deployment_itself_and_what_was_made_for_it() -> None:
    names = ["parcels", "parcels-default-0-graph", "parcels-default-0-graph-5d9c-x7k2p"]
    assert len(told(*(event(name, name) for name in names))) == len(names)


@pytest.mark.parametrize("name", ["letters", "parcels2-default-0-graph-1", "parcels-2-default-0-graph-1"])
def test_nothing_is_told_of_another_deployment_whose_name_begins_alike(name: str) -> None:
    assert told(event(name, "of another deployment")) == ()


def test_an_event_without_reason_and_kind_is_told() -> None:
    bare = event("parcels", "pull")
    del bare["reason"], bare["involvedObject"]["kind"]
    assert told(bare) == ("object parcels: pull",)


def test_the_report_says_reason_evidence_and_what_is_left_without_secrets() -> None:
    evidence = Evidence(
        containers=(
            ContainerState("parcels-1", "features", "CrashLoopBackOff", 2, log=("no redis://:hidden@redis",)),
        ),
        events=("Pod parcels-1: BackOff: restarting",),
    )
    assert report("not rolled out", evidence, "the model aa was put back").splitlines() == [
        "not rolled out",
        "  container features of parcels-1: CrashLoopBackOff, started again 2 times",
        "    | no redis://:***@redis",
        "  event Pod parcels-1: BackOff: restarting",
        "the model aa was put back",
    ]

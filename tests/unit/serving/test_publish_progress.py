"""When a roll-out counts as done, as failed, or as under way, whatever the operator says meanwhile."""

from dataclasses import replace
from typing import Any

import pytest

from components.publish.cluster.progress import (
    FAILED_PATIENCE_SECONDS,
    DeploymentState,
    Done,
    Failed,
    Progress,
    Status,
    Waiting,
    missed_deadlines,
    progress,
)
from components.publish.cluster.revision import Expected

NEW, OLD = "b" * 64, "a" * 64
WANTED = (Expected("default", NEW, deployments=1, replicas=2),)
AVAILABLE, CREATING = Status("Available"), Status("Creating")
FINISHED = DeploymentState(
    name="parcels-default-0-graph",
    predictor="default",
    revision=NEW,
    generation=4,
    observed_generation=4,
    wanted=2,
    replicas=2,
    updated=2,
    available=2,
)


def reason(found: Progress) -> str:
    assert isinstance(found, Waiting | Failed)
    return found.reason


def test_it_is_done_when_every_pod_is_new_and_available() -> None:
    assert progress([FINISHED], AVAILABLE, WANTED) == Done()


def test_an_available_of_before_the_change_is_not_believed() -> None:
    stale = replace(FINISHED, revision=OLD)
    assert reason(progress([stale], AVAILABLE, WANTED)).startswith("predictor default: 0 of 1 Deployments")


def test_an_operator_that_is_away_is_waited_for() -> None:
    assert isinstance(progress([], AVAILABLE, WANTED), Waiting)


def test_a_controller_that_has_not_seen_the_change_is_waited_for() -> None:
    unseen = replace(FINISHED, observed_generation=3)
    assert "has not seen the change" in reason(progress([unseen], AVAILABLE, WANTED))


@pytest.mark.parametrize(
    "counts",
    [
        {"updated": 1},
        {"replicas": 3},
        {"available": 1},
        {"available": 0, "updated": 0, "replicas": 0},
    ],
    ids=["one pod is old", "an old pod is left", "one is not available", "none is there"],
)
def test_an_available_in_the_middle_is_not_believed(counts: dict[str, Any]) -> None:
    assert isinstance(progress([replace(FINISHED, **counts)], AVAILABLE, WANTED), Waiting)


def test_replicas_that_the_operator_has_not_set_yet_are_waited_for() -> None:
    one = replace(FINISHED, wanted=1, replicas=1, updated=1, available=1)
    assert "asked for 1 pods, not 2" in reason(progress([one], AVAILABLE, WANTED))


def test_an_autoscaler_may_have_chosen_the_replicas() -> None:
    three = replace(FINISHED, wanted=3, replicas=3, updated=3, available=3)
    wanted = (replace(WANTED[0], replicas=None),)
    assert progress([three], AVAILABLE, wanted) == Done()


def test_a_deployment_that_nobody_asks_for_any_more_is_waited_for() -> None:
    left = replace(FINISHED, name="parcels-canary-0-graph", predictor="", revision=OLD)
    assert reason(progress([FINISHED, left], AVAILABLE, WANTED)) == (
        "Deployment parcels-canary-0-graph is still there"
    )


def test_the_operator_must_agree() -> None:
    assert reason(progress([FINISHED], CREATING, WANTED)) == "the operator says Creating"


def test_two_predictors_are_waited_for_each_with_its_own_revision() -> None:
    wanted = (replace(WANTED[0], revision=OLD), Expected("canary", NEW, deployments=1, replicas=2))
    main = replace(FINISHED, revision=OLD)
    assert isinstance(progress([main], AVAILABLE, wanted), Waiting)
    beside = replace(FINISHED, name="parcels-canary-0-graph", predictor="canary")
    assert progress([main, beside], AVAILABLE, wanted) == Done()


def test_a_revision_counts_for_its_own_predictor_only() -> None:
    wanted = (WANTED[0], Expected("canary", NEW, deployments=1, replicas=2))
    twice = replace(FINISHED, name="parcels-default-1-graph")
    assert "predictor canary: 0 of 1" in reason(progress([FINISHED, twice], AVAILABLE, wanted))


def test_a_missed_deadline_of_the_new_pods_is_a_failure() -> None:
    late = replace(FINISHED, updated=1, past_deadline="ProgressDeadlineExceeded: it has timed out")
    found = progress([late], CREATING, WANTED)
    assert isinstance(found, Failed)
    assert found.reason == "Deployment parcels-default-0-graph: ProgressDeadlineExceeded: it has timed out"


@pytest.mark.parametrize("change", [{"revision": OLD}, {"observed_generation": 3}], ids=str)
def test_a_missed_deadline_of_before_the_change_is_none(change: dict[str, Any]) -> None:
    late = replace(FINISHED, past_deadline="ProgressDeadlineExceeded: it has timed out", **change)
    assert isinstance(progress([late], CREATING, WANTED), Waiting)


def test_a_deadline_that_was_missed_before_is_none_and_one_missed_since_is() -> None:
    before = replace(FINISHED, updated=1, past_deadline="ProgressDeadlineExceeded: x", late_since="12:00")
    earlier = missed_deadlines([before])
    assert isinstance(progress([before], CREATING, WANTED, earlier), Waiting)
    assert isinstance(progress([replace(before, late_since="12:10")], CREATING, WANTED, earlier), Failed)


def test_a_failed_that_lasts_is_a_failure() -> None:
    status = Status("Failed", "a name has a dot", FAILED_PATIENCE_SECONDS)
    assert progress([], status, WANTED) == Failed("the operator says Failed: a name has a dot")


def test_a_failed_may_pass() -> None:
    status = Status("Failed", "not yet", FAILED_PATIENCE_SECONDS - 1)
    assert isinstance(progress([], status, WANTED), Waiting)

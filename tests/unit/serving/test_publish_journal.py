"""Which deployment serves, where a publication may have been killed, or be under way."""

from typing import Any

from components.publish.cluster import journal

BEFORE = {"metadata": {"name": "parcels"}, "spec": "before"}


def deployment(generation: int) -> dict[str, Any]:
    return {"metadata": {"uid": "1", "generation": generation}}


def lease(**annotations: str) -> dict[str, Any]:
    return {"metadata": {"annotations": annotations}}


def noted(before: dict[str, Any] | None) -> dict[str, Any]:
    made = lease()
    journal.note(made["metadata"]["annotations"], before)
    return made


def applied(before: dict[str, Any] | None, generation: int) -> dict[str, Any]:
    made = noted(before)
    journal.note_applied(made["metadata"]["annotations"], deployment(generation))
    return made


def test_a_deployment_that_was_never_published_to_serves_as_it_is() -> None:
    assert journal.serving(None, deployment(7)) == deployment(7)


def test_a_deployment_whose_publication_ended_well_serves_as_it_is() -> None:
    settled = applied(BEFORE, 7)
    journal.settle(settled["metadata"]["annotations"])
    assert journal.serving(settled, deployment(7)) == deployment(7)


def test_a_lease_without_annotations_has_nothing_noted() -> None:
    assert journal.serving({"metadata": {"annotations": None}}, deployment(7)) == deployment(7)


def test_what_was_there_before_an_unfinished_publication_serves() -> None:
    assert journal.serving(applied(BEFORE, 7), deployment(7)) == BEFORE


def test_what_was_there_before_serves_where_it_is_not_known_whether_anything_was_applied() -> None:
    assert journal.serving(noted(BEFORE), deployment(7)) == BEFORE


def test_nothing_serves_where_the_first_publication_of_all_is_unfinished() -> None:
    assert journal.serving(applied(None, 1), deployment(1)) is None


def test_what_somebody_applied_since_serves() -> None:
    assert journal.serving(applied(BEFORE, 7), deployment(8)) == deployment(8)

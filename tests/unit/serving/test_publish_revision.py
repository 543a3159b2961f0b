"""What tells the pods of one publication from those of another."""

from typing import Any

import pytest

from components.publish.cluster.revision import REVISION, Expected, expected, with_revisions
from serving.deployment.manifest import manifest
from serving.deployment.model import PublishedModel
from tests.examples.serving.model_parts import TRAINED_SIGNATURE, cluster_settings

FIRST, SECOND = (
    PublishedModel(f"s3://models/{letter}", letter * 64, TRAINED_SIGNATURE) for letter in ("a", "b")
)


def published(model: PublishedModel = FIRST, **changes: Any) -> dict[str, Any]:
    return with_revisions(manifest(model, cluster_settings(**changes)), model.content_hash)


def revision(document: dict[str, Any]) -> str:
    return str(document["spec"]["predictors"][0]["annotations"][REVISION])


def test_the_same_publication_has_the_same_revision() -> None:
    assert revision(published()) == revision(published())


def test_another_model_or_another_image_is_another_revision() -> None:
    image = "registry.example/ontime-serving@sha256:" + "1" * 64
    found = {revision(published()), revision(published(SECOND)), revision(published(serving_image=image))}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"replicas": 1}, {"replicas": 2}),
        ({"replicas": 2}, {"replicas": 3}),
        ({"replicas": 3}, {"autoscaling": {"min": 1, "max": 3}}),
        ({"autoscaling": {"min": 1, "max": 3}}, {"autoscaling": {"min": 2, "max": 6}}),
        ({}, {"timing": {"progress_deadline": 900}}),
    ],
    ids=["a second pod", "one more pod", "an autoscaler", "other limits", "more time to start"],
)
def test_what_restarts_no_pod_changes_no_revision(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert revision(published(**before)) == revision(published(**after))


def test_another_share_of_the_traffic_changes_no_revision() -> None:
    document = manifest(FIRST, cluster_settings())
    document["spec"]["predictors"][0]["traffic"] = 90
    assert revision(with_revisions(document, FIRST.content_hash)) == revision(published())


def test_the_executor_of_the_operator_starts_again_with_another_budget_but_not_for_replicas_alone() -> None:
    one, two, three = (revision(published(engine="operator", replicas=replicas)) for replicas in (1, 2, 3))
    assert one != two == three


def test_an_annotation_may_not_hold_an_equals_sign() -> None:
    assert "=" not in revision(published())


def test_the_predictor_beside_which_a_canary_stands_keeps_its_revision() -> None:
    serving = published()
    settings = cluster_settings(strategy="canary", mesh="istio")
    document = with_revisions(manifest(SECOND, settings, serving), SECOND.content_hash)
    main, canary = document["spec"]["predictors"]
    assert main["annotations"][REVISION] == revision(serving)
    assert canary["annotations"][REVISION] not in {None, revision(serving)}


def test_a_predictor_of_somebody_else_is_left_without() -> None:
    serving = manifest(FIRST, cluster_settings())
    settings = cluster_settings(strategy="canary", mesh="istio")
    document = with_revisions(manifest(SECOND, settings, serving), SECOND.content_hash)
    assert REVISION not in document["spec"]["predictors"][0]["annotations"]
    assert expected(document)[0].revision is None


def test_every_predictor_is_expected_with_its_replicas() -> None:
    document = published(replicas=3)
    assert expected(document) == (Expected("default", revision(document), 1, 3),)


def test_an_autoscaler_decides_how_many_pods_there_are() -> None:
    document = published(autoscaling={"min": 2, "max": 4})
    assert expected(document)[0].replicas is None

"""How many pods, how many of them at once may be taken away, and where they stand."""

from typing import Any

import pytest

from serving.deployment.manifest import manifest
from tests.examples.serving.model_parts import cluster_settings, published_model


def predictor(**changes: object) -> dict[str, Any]:
    document = manifest(published_model("s3://models/aa"), cluster_settings(**changes))
    return document["spec"]["predictors"][0]


def component(**changes: object) -> dict[str, Any]:
    return predictor(**changes)["componentSpecs"][0]


@pytest.mark.parametrize(
    ("changes", "budget"),
    [
        ({"replicas": 1}, None),
        ({"replicas": 2}, {"maxUnavailable": 1}),
        ({"replicas": 3, "autoscaling": {"min": 1, "max": 4}}, None),
        ({"replicas": 1, "autoscaling": {"min": 2, "max": 4}}, {"maxUnavailable": 1}),
    ],
    ids=str,
)
def test_of_two_pods_one_may_be_taken_away_and_one_alone_may_be_moved(
    changes: dict[str, object], budget: dict[str, int] | None
) -> None:
    assert component(**changes).get("pdbSpec") == budget


def test_the_autoscaler_follows_the_processor_time() -> None:
    scaled = component(autoscaling={"min": 2, "max": 6, "cpu_percent": 60})
    [metric] = scaled["hpaSpec"]["metricsv2"]
    assert (scaled["hpaSpec"]["minReplicas"], scaled["hpaSpec"]["maxReplicas"]) == (2, 6)
    assert metric["resource"] == {
        "name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": 60},
    }


@pytest.mark.parametrize("engine", ["own", "operator"])
def test_every_container_requests_what_the_autoscaler_measures_by(engine: str) -> None:
    found = predictor(engine=engine, autoscaling={"min": 1, "max": 2})
    pod = found["componentSpecs"][0]["spec"]
    resources = [item["resources"] for item in [*pod["initContainers"], *pod["containers"]]]
    if engine == "operator":
        resources.append(found["svcOrchSpec"]["resources"])
    assert all("cpu" in item["requests"] for item in resources)


def test_a_fixed_number_of_pods_does_not_argue_with_the_autoscaler() -> None:
    assert "replicas" not in predictor(replicas=3, autoscaling={"min": 1, "max": 2})
    assert predictor(replicas=3)["replicas"] == 3


def test_pods_keep_apart_but_one_node_is_enough() -> None:
    found = component()["spec"]["topologySpreadConstraints"]
    assert [(item["topologyKey"], item["whenUnsatisfiable"]) for item in found] == [
        ("kubernetes.io/hostname", "ScheduleAnyway"),
        ("topology.kubernetes.io/zone", "ScheduleAnyway"),
    ]


@pytest.mark.parametrize(
    ("spread", "keys"),
    [
        ({"zones": False}, ["kubernetes.io/hostname"]),
        ({"nodes": False}, ["topology.kubernetes.io/zone"]),
        ({"nodes": False, "zones": False}, []),
    ],
    ids=str,
)
def test_where_pods_keep_apart_is_a_setting(spread: dict[str, bool], keys: list[str]) -> None:
    found = component(spread=spread)["spec"].get("topologySpreadConstraints", [])
    assert [item["topologyKey"] for item in found] == keys

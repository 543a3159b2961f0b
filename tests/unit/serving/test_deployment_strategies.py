"""What stands beside the predictor that answers, and what becomes of it with the next publication."""

import base64
import json
from typing import Any

import pytest
from pydantic import ValidationError

from serving.deployment.checks import InvalidDeploymentError
from serving.deployment.manifest import manifest
from serving.deployment.model import champion_hash
from serving.deployment.strategies import NothingToStandBesideError
from serving.monitor.settings import MonitorSettings
from tests.examples.serving.model_parts import cluster_settings, local_settings, published_model
from tests.examples.serving.predictors import predictor_hashes

Document = dict[str, Any]

OLD, NEW, NEWER = "a" * 64, "b" * 64, "c" * 64
BESIDE = pytest.mark.parametrize("strategy", ["canary", "shadow"])


def publish(content_hash: str, serving: Document | None = None, **changes: object) -> Document:
    settings = cluster_settings(**{"mesh": "istio", **changes})
    return manifest(published_model(f"s3://models/{content_hash}", content_hash), settings, serving)


@pytest.fixture
def serving() -> Document:
    """The old model, as the cluster hands it out: with what the server adds, and keys in its order."""
    document = publish(OLD, replicas=3, log_level="DEBUG")
    document["metadata"] |= {"uid": "1", "resourceVersion": "7", "generation": 2}
    document["metadata"]["annotations"]["kubectl.kubernetes.io/last"] = "noise"
    return json.loads(json.dumps({**document, "status": {"state": "Available"}}, sort_keys=True))


def without_traffic(predictor: Document) -> Document:
    return {key: value for key, value in predictor.items() if key != "traffic"}


def containers(predictor: Document) -> dict[str, Document]:
    pod = predictor["componentSpecs"][0]["spec"]
    return {item["name"]: item for item in [*pod["initContainers"], *pod["containers"]]}


def variables(container: Document) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in container["env"]}


@BESIDE
def test_the_predictor_that_answers_stays_word_for_word(strategy: str, serving: Document) -> None:
    main, _ = publish(NEW, serving, strategy=strategy, replicas=2)["spec"]["predictors"]
    assert without_traffic(main) == serving["spec"]["predictors"][0]


def test_a_canary_answers_its_share_and_the_main_predictor_the_rest(serving: Document) -> None:
    main, canary = publish(NEW, serving, strategy="canary", traffic=25)["spec"]["predictors"]
    assert [(main["name"], main["traffic"]), (canary["name"], canary["traffic"])] == [
        ("default", 75),
        ("canary", 25),
    ]
    assert "shadow" not in canary


def test_a_shadow_sees_every_request_and_answers_none(serving: Document) -> None:
    main, shadow = publish(NEW, serving, strategy="shadow", traffic=25)["spec"]["predictors"]
    assert (shadow["name"], shadow["shadow"], shadow["traffic"]) == ("shadow", True, 100)
    assert main["traffic"] == 100


@BESIDE
def test_the_one_beside_serves_the_new_model(strategy: str, serving: Document) -> None:
    document = publish(NEW, serving, strategy=strategy)
    assert predictor_hashes(document) == {"default": OLD, strategy: NEW}
    beside = containers(document["spec"]["predictors"][1])
    assert variables(beside["fetch"])["ONTIME_FETCH_CONTENT_HASH"] == NEW
    assert variables(beside["model"])["ONTIME_NODE_MODEL_HASH"] == NEW
    assert variables(beside["monitor"])["ONTIME_MONITOR_MODEL_HASH"] == NEW


@BESIDE
def test_the_champion_is_still_the_model_that_answers(strategy: str, serving: Document) -> None:
    document = publish(NEW, serving, strategy=strategy)
    assert champion_hash(document) == OLD
    assert document["metadata"]["annotations"] == {
        "ontime/model-hash": OLD,
        "ontime/model-location": f"s3://models/{OLD}",
        "ontime/feature-service": "parcel_delay_v1",
        "ontime/trained-to": "2013-08-31T23:00:00+00:00",
    }


@BESIDE
def test_the_one_beside_is_known_by_its_own_name(strategy: str, serving: Document) -> None:
    _, beside = publish(NEW, serving, strategy=strategy)["spec"]["predictors"]
    executor = containers(beside)["seldon-container-engine"]
    engine = json.loads(base64.b64decode(variables(executor)["ENGINE_PREDICTOR"]))
    component = beside["componentSpecs"][0]
    assert engine["name"] == strategy
    assert executor["args"][executor["args"].index("--predictor") + 1] == strategy
    assert executor["args"][executor["args"].index("--sdep") + 1] == "parcels"
    assert component["metadata"]["labels"]["seldon-app"] == f"parcels-{strategy}"
    selectors = [item["labelSelector"] for item in component["spec"]["topologySpreadConstraints"]]
    assert selectors == [{"matchLabels": {"seldon-app": f"parcels-{strategy}"}}] * 2


@pytest.mark.parametrize(
    ("strategy", "scope"), [("canary", "ontime/parcels"), ("shadow", "ontime/parcels/shadow")]
)
def test_the_monitor_beside_keeps_its_rows_where_they_belong(
    strategy: str, scope: str, serving: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, beside = publish(NEW, serving, strategy=strategy)["spec"]["predictors"]
    for name, value in variables(containers(beside)["monitor"]).items():
        monkeypatch.setenv(name, value or "postgresql+psycopg://monitor@db/monitor")
    assert MonitorSettings().scope == scope


@BESIDE
def test_the_model_that_answers_already_gets_nothing_beside_it(strategy: str, serving: Document) -> None:
    document = publish(OLD, serving, strategy=strategy, replicas=2)
    assert document["spec"]["predictors"] == serving["spec"]["predictors"]


@BESIDE
def test_publishing_the_model_that_answers_takes_away_what_is_beside_it(
    strategy: str, serving: Document
) -> None:
    tried = publish(NEW, serving, strategy=strategy)
    document = publish(OLD, tried, strategy=strategy)
    assert document["spec"]["predictors"] == serving["spec"]["predictors"]


@pytest.mark.parametrize("before", ["canary", "shadow"])
@pytest.mark.parametrize("after", ["canary", "shadow"])
def test_another_one_takes_the_place_beside(before: str, after: str, serving: Document) -> None:
    tried = publish(NEW, serving, strategy=before)
    document = publish(NEWER, tried, strategy=after)
    assert predictor_hashes(document) == {"default": OLD, after: NEWER}
    assert without_traffic(document["spec"]["predictors"][0]) == serving["spec"]["predictors"][0]


def test_the_share_of_a_canary_changes_without_touching_any_pod(serving: Document) -> None:
    first = publish(NEW, serving, strategy="canary", traffic=5)
    second = publish(NEW, first, strategy="canary", traffic=50)
    assert [p["traffic"] for p in second["spec"]["predictors"]] == [50, 50]
    assert [without_traffic(p) for p in second["spec"]["predictors"]] == [
        without_traffic(p) for p in first["spec"]["predictors"]
    ]


@BESIDE
def test_rolling_promotes_what_stood_beside(strategy: str, serving: Document) -> None:
    document = publish(NEW, publish(NEW, serving, strategy=strategy))
    assert predictor_hashes(document) == {"default": NEW}
    assert champion_hash(document) == NEW
    assert "traffic" not in document["spec"]["predictors"][0]


@BESIDE
def test_there_is_one_budget_for_all_pods(strategy: str, serving: Document) -> None:
    document = publish(NEW, serving, strategy=strategy)
    holders = [p["name"] for p in document["spec"]["predictors"] if "pdbSpec" in p["componentSpecs"][0]]
    assert holders == ["default"]


@BESIDE
def test_without_anything_serving_there_is_nothing_to_stand_beside(strategy: str) -> None:
    with pytest.raises(NothingToStandBesideError, match=f"strategy {strategy}: nothing is served as ontime/"):
        publish(NEW, None, strategy=strategy)


def test_another_deployment_is_not_stood_beside(serving: Document) -> None:
    serving["metadata"]["name"] = "letters"
    with pytest.raises(NothingToStandBesideError, match="what serves is ontime/letters, not ontime/parcels"):
        publish(NEW, serving, strategy="canary")


def test_a_predictor_that_names_no_model_is_not_stood_beside(serving: Document) -> None:
    del serving["spec"]["predictors"][0]["annotations"]["ontime/model-hash"]
    with pytest.raises(NothingToStandBesideError, match="names no model in ontime/model-hash"):
        publish(NEW, serving, strategy="canary")


def test_another_engine_beside_would_restart_the_pods_that_answer(serving: Document) -> None:
    with pytest.raises(InvalidDeploymentError, match=r"spec\.annotations.* restart the pods that answer"):
        publish(NEW, serving, strategy="canary", engine="operator")


def test_the_operators_executors_stand_beside_each_other_too() -> None:
    serving = publish(OLD, engine="operator")
    document = publish(NEW, serving, strategy="canary", engine="operator")
    assert predictor_hashes(document) == {"default": OLD, "canary": NEW}
    assert document["spec"]["annotations"] == serving["spec"]["annotations"]


@BESIDE
def test_without_a_mesh_there_is_one_predictor(strategy: str) -> None:
    with pytest.raises(ValidationError, match=f"strategy {strategy} needs a mesh"):
        cluster_settings(strategy=strategy, mesh="none")


@BESIDE
def test_this_machine_serves_one_predictor(strategy: str) -> None:
    with pytest.raises(ValidationError, match=f"strategy {strategy} needs a cluster"):
        local_settings(strategy=strategy, mesh="istio")


def test_ambassador_waits_as_long_as_the_executor() -> None:
    document = publish(NEW, mesh="ambassador")
    timeouts = {"seldon.io/rest-timeout": "5000", "seldon.io/grpc-timeout": "5000"}
    assert timeouts.items() <= document["metadata"]["annotations"].items()
    assert "annotations" not in document["spec"]

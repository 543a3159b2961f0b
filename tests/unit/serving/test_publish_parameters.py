from typing import Any

import pytest

from components.publish.parameters import (
    UnavailableTargetError,
    _of_this_machine,
    deployment_directory,
    deployment_settings,
)
from components.settings import Settings
from serving.deployment.settings import DeploymentSettings, SecretKey

SETTINGS = Settings(
    feature_store_uri="/srv/features", online_store="sqlite:////srv/online.db", publish_uri="/srv/published"
)


def settings_of(given: dict[str, Any] | None = None, **changes: str | int) -> DeploymentSettings:
    parameters = {
        "deployment_name": "parcels",
        "namespace": "ontime",
        "target": "local",
        "serving_image": "localhost/ontime-serving:dev",
        "executor_image": "docker.io/seldonio/seldon-core-executor:1.19.0",
        "replicas": 2,
        "engine": "own",
        "strategy": "rolling",
        "traffic": 10,
        **changes,
    }
    return deployment_settings(SETTINGS.model_copy(update=given or {}), **parameters)  # type: ignore[arg-type]  # Mixed in one mapping.


def test_the_parameters_reach_the_deployment() -> None:
    settings = settings_of(engine="operator")
    assert settings.name == "parcels"
    assert settings.replicas == 2
    assert settings.engine == "operator"


def test_the_stores_of_this_machine_are_named() -> None:
    settings = settings_of()
    assert settings.online_store == "sqlite:////srv/online.db"
    assert settings.monitor_database == "sqlite:////srv/published/parcels/monitor.db"


def test_a_manifest_on_this_machine_never_shows_a_password() -> None:
    settings = SETTINGS.model_copy(update={"online_store": "redis://:secret@store"})
    with pytest.raises(UnavailableTargetError, match="ONTIME_ONLINE_STORE holds a password") as refusal:
        _of_this_machine(settings, "parcels")
    assert "secret" not in str(refusal.value)


def test_a_missing_directory_to_publish_to_is_named() -> None:
    with pytest.raises(UnavailableTargetError, match="ONTIME_PUBLISH_URI"):
        deployment_directory(SETTINGS.model_copy(update={"publish_uri": None}), "parcels")


def test_a_cluster_keeps_in_secrets_what_no_manifest_may_show() -> None:
    settings = settings_of(target="cluster")
    assert settings.online_store == SecretKey(secret="ontime-secrets", key="ONTIME_ONLINE_STORE")
    assert settings.monitor_database == SecretKey(secret="ontime-secrets", key="ONTIME_MONITOR_DATABASE_URL")
    assert settings.store_secret == "ontime-object-store"


def test_a_cluster_has_settings_of_its_own() -> None:
    its_own = {"mesh": "istio", "timing": {"start": 60}, "store_secret": None, "service_account": "models"}
    settings = settings_of(
        {"publish_deployment": its_own, "object_store_endpoint": "http://store:9000"},
        target="cluster",
        strategy="canary",
        traffic=5,
    )
    assert (settings.mesh, settings.timing.start, settings.store_secret) == ("istio", 60, None)
    assert (settings.store_endpoint, settings.traffic) == ("http://store:9000", 5)


def test_a_cluster_may_not_overrule_the_pipelines_parameters() -> None:
    with pytest.raises(UnavailableTargetError, match="ONTIME_PUBLISH_DEPLOYMENT sets replicas"):
        settings_of({"publish_deployment": {"replicas": 3}}, target="cluster")


@pytest.mark.parametrize(
    "changes", [{"target": "moon"}, {"engine": "steam"}, {"replicas": 0}, {"strategy": "leap"}], ids=str
)
def test_a_value_of_no_known_meaning_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        settings_of(**changes)

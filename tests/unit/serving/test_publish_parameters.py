from pathlib import Path

import pytest

from components.publish.parameters import UnavailableTargetError, deployment_settings
from components.settings import Settings
from serving.deployment.settings import DeploymentSettings

SETTINGS = Settings(
    feature_store_uri="/srv/features", online_store_path="online.db", publish_uri="/srv/published"
)


def settings_of(**changes: str | int) -> DeploymentSettings:
    parameters = {
        "deployment_name": "parcels",
        "namespace": "ontime",
        "target": "local",
        "serving_image": "localhost/ontime-serving:dev",
        "executor_image": "docker.io/seldonio/seldon-core-executor:1.19.0",
        "replicas": 2,
        "engine": "own",
        **changes,
    }
    return deployment_settings(SETTINGS, **parameters)  # type: ignore[arg-type]  # Mixed in one mapping.


def test_the_parameters_reach_the_deployment() -> None:
    settings = settings_of(engine="operator")
    assert settings.name == "parcels"
    assert settings.replicas == 2
    assert settings.engine == "operator"


def test_the_stores_of_this_machine_are_named_by_absolute_paths() -> None:
    settings = settings_of()
    assert settings.online_store == f"sqlite:///{Path.cwd() / 'online.db'}"
    assert settings.monitor_database == "sqlite:////srv/published/parcels/monitor.db"


def test_a_cluster_is_refused_with_the_reason() -> None:
    with pytest.raises(UnavailableTargetError, match="publishing to a cluster is not available yet"):
        settings_of(target="cluster")


@pytest.mark.parametrize("changes", [{"target": "moon"}, {"engine": "steam"}, {"replicas": 0}], ids=str)
def test_a_value_of_no_known_meaning_is_refused(changes: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        settings_of(**changes)

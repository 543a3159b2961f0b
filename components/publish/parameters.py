"""From the step's flat parameters and settings to those of the deployment, before anything is written."""

from pathlib import Path
from typing import Any

from components.settings import Settings
from serving.deployment.settings import DeploymentSettings
from serving.online_location import RedisServer, online_location

SECRETS = "ontime-secrets"
"""The Secret, where models are served, with the URLs of the stores; its keys are the settings' names."""
STORE_SECRET = "ontime-object-store"  # noqa: S105 - the Secret's name
"""The Secret with the variables by which the object store's library knows its credentials."""


class UnavailableTargetError(ValueError):
    """A target to which cannot be published with the settings that are there."""


def deployment_directory(settings: Settings, deployment_name: str) -> Path:
    """Where everything of one local deployment lies."""
    if settings.publish_uri is None:
        raise UnavailableTargetError(
            "ONTIME_PUBLISH_URI must name the directory to which target=local publishes"
        )
    return Path(settings.publish_uri).absolute() / deployment_name


def deployment_settings(  # noqa: PLR0913 - the step's parameters, by keyword
    settings: Settings,
    *,
    deployment_name: str,
    namespace: str,
    target: str,
    serving_image: str,
    executor_image: str,
    replicas: int,
    engine: str,
    strategy: str,
    traffic: int,
) -> DeploymentSettings:
    """The settings of a deployment.

    Raises UnavailableTargetError where a setting is missing or out of place, pydantic.ValidationError where
    a parameter is of no known value.
    """
    parameters = {
        "name": deployment_name,
        "namespace": namespace,
        "target": target,
        "serving_image": serving_image,
        "executor_image": executor_image,
        "replicas": replicas,
        "engine": engine,
        "strategy": strategy,
        "traffic": traffic,
    }
    if target != "cluster":
        return DeploymentSettings.model_validate(parameters | _of_this_machine(settings, deployment_name))
    if both := sorted(parameters.keys() & settings.publish_deployment.keys()):
        raise UnavailableTargetError(
            f"ONTIME_PUBLISH_DEPLOYMENT sets {', '.join(both)}, which the pipeline has parameters for"
        )
    return DeploymentSettings.model_validate(
        {**_of_a_cluster(settings), **settings.publish_deployment, **parameters}
    )


def _of_this_machine(settings: Settings, deployment_name: str) -> dict[str, Any]:
    directory = deployment_directory(settings, deployment_name)
    online = online_location(settings.online_store)
    if isinstance(online, RedisServer) and online.password is not None:
        raise UnavailableTargetError(
            "ONTIME_ONLINE_STORE holds a password, and target=local writes the URL into a manifest"
        )
    return {
        "online_store": settings.online_store,
        "monitor_database": f"sqlite:///{directory / 'monitor.db'}",
    }


def _of_a_cluster(settings: Settings) -> dict[str, Any]:
    """Where a cluster keeps what may not be in a manifest; a platform's own settings go before."""
    return {
        "online_store": {"secret": SECRETS, "key": "ONTIME_ONLINE_STORE"},
        "monitor_database": {"secret": SECRETS, "key": "ONTIME_MONITOR_DATABASE_URL"},
        "store_secret": STORE_SECRET,
        "store_endpoint": settings.object_store_endpoint,
    }

"""From the step's flat parameters and settings to those of the deployment, before anything is written."""

from pathlib import Path

from components.settings import Settings
from serving.deployment.settings import DeploymentSettings


class UnavailableTargetError(ValueError):
    """A target that exists, but to which this step cannot publish yet."""


def deployment_directory(settings: Settings, deployment_name: str) -> Path:
    """Where everything of one local deployment lies."""
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
) -> DeploymentSettings:
    """The settings of a deployment on this machine.

    Raises UnavailableTargetError for a cluster, pydantic.ValidationError where a parameter is of no known
    value.
    """
    if target == "cluster":
        raise UnavailableTargetError(
            "publishing to a cluster is not available yet: target=local writes the manifest to a directory"
        )
    directory = deployment_directory(settings, deployment_name)
    parameters = {
        "name": deployment_name,
        "namespace": namespace,
        "target": target,
        "serving_image": serving_image,
        "executor_image": executor_image,
        "replicas": replicas,
        "engine": engine,
        "online_store": f"sqlite:///{Path(settings.online_store_path).absolute()}",
        "monitor_database": f"sqlite:///{directory / 'monitor.db'}",
    }
    return DeploymentSettings.model_validate(parameters)

"""The KFP component that publishes a model as a SeldonDeployment."""

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("serving"), install_kfp_package=False)
def publish(
    deployment_name: str,
    namespace: str,
    target: str,
    serving_image: str,
    executor_image: str,
    replicas: int,
    engine: str,
    strategy: str,
    traffic: int,
    model: dsl.Input[dsl.Model],
    manifest: dsl.Output[dsl.Artifact],
) -> None:
    """Publish the model directory; the manifest that now serves it is the output."""
    from pathlib import Path

    from components.publish.parameters import deployment_settings
    from components.settings import Settings
    from serving.artifact import read
    from serving.staging import replace_file

    settings = Settings.from_environment()
    deployment = deployment_settings(
        settings,
        deployment_name=deployment_name,
        namespace=namespace,
        target=target,
        serving_image=serving_image,
        executor_image=executor_image,
        replicas=replicas,
        engine=engine,
        strategy=strategy,
        traffic=traffic,
    )
    # The client of a cluster takes seconds to import, which a directory has no use for.
    if deployment.target == "cluster":
        from components.publish.cluster.target import publish_to_cluster as publish_to_target
    else:
        from components.publish.directory import publish_here as publish_to_target
    published = publish_to_target(read(Path(model.path)), model.uri, deployment, settings)
    replace_file(Path(manifest.path), published.text)
    manifest.metadata.update(published.facts)

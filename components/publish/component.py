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
    model: dsl.Input[dsl.Model],
    manifest: dsl.Output[dsl.Artifact],
) -> None:
    """Publish the model directory; the manifest that now serves it is the output."""
    from pathlib import Path

    from components.publish.directory import publish_to_directory
    from components.publish.parameters import deployment_directory, deployment_settings
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
    )
    directory = deployment_directory(settings, deployment_name)
    publication = publish_to_directory(read(Path(model.path)), deployment, directory)
    replace_file(Path(manifest.path), publication.text)
    manifest.metadata["model_hash"] = publication.model.content_hash
    manifest.metadata["manifest_path"] = str(publication.path)
    print(f"published {publication.model.content_hash} in {publication.path}")  # noqa: T201 - the step's log

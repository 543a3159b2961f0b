"""What the step that publishes does, in a pod: fetch the model, then publish it where it was fetched from.

`python publish_in_pod.py LOCATION CONTENT_HASH NAMESPACE DEPLOYMENT SERVING_IMAGE EXECUTOR_IMAGE`
"""

import sys
from pathlib import Path

from components.publish.cluster.target import publish_to_cluster
from components.publish.parameters import deployment_settings
from components.settings import Settings
from serving.artifact import read
from serving.fetch import FetchSettings, fetch


def main(  # noqa: PLR0917 - its command line
    location: str, content_hash: str, namespace: str, name: str, serving_image: str, executor_image: str
) -> None:
    settings = Settings.from_environment()
    directory = Path("/tmp/model")
    wanted = {"location": location, "content_hash": content_hash, "directory": directory}
    fetch(FetchSettings.model_validate(wanted | {"endpoint": settings.object_store_endpoint}))
    deployment = deployment_settings(
        settings,
        deployment_name=name,
        namespace=namespace,
        target="cluster",
        serving_image=serving_image,
        executor_image=executor_image,
        replicas=1,
        engine="own",
        strategy="rolling",
        traffic=10,
    )
    publish_to_cluster(read(directory, content_hash), location, deployment, settings)


if __name__ == "__main__":
    main(*sys.argv[1:])

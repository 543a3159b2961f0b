"""From the step's settings to a publication in a cluster."""

import sys

from components.image_digests import with_digest
from components.publish.cluster.connection import connect
from components.publish.cluster.publication import Pace, Publication
from components.publish.outcome import Outcome
from components.settings import Settings
from serving.artifact import ModelDirectory
from serving.deployment.manifest import to_yaml
from serving.deployment.model import PublishedModel
from serving.deployment.settings import DeploymentSettings


def publish_to_cluster(
    model: ModelDirectory, location: str, deployment: DeploymentSettings, settings: Settings
) -> Outcome:
    """Publish a model, which is read here to know its content, and by the pods from its location.

    Raises PublicationError, InvalidDeploymentError, UnknownImageError.
    """
    published = PublishedModel(location, model.content_hash, model.signature)
    pace = Pace(rollout=settings.publish_timeout, patience=settings.publish_patience)
    done = Publication(connect(), published, pinned(deployment), pace, say).run()
    place = f"{deployment.namespace}/{deployment.name}"
    say(f"published {model.content_hash} as {place}, {done.seconds:.1f} s after it was applied")
    facts: dict[str, str | float] = {
        "model_hash": model.content_hash,
        "deployment": place,
        "seconds_to_serving": round(done.seconds, 1),
    }
    return Outcome(to_yaml(done.document), facts)


def pinned(deployment: DeploymentSettings) -> DeploymentSettings:
    """The deployment with its images by digest, where registries give one."""
    images = {name: getattr(deployment, name) for name in ("serving_image", "executor_image")}
    digests = {name: with_digest(reference, say) for name, reference in images.items()}
    return deployment.model_copy(update=digests)


def say(line: str) -> None:
    """A line of the step's log, at once: a publication is long, and a killed step must have told."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

"""Publishing on one machine: a directory stands for the cluster and its model store.

    <deployment>/models/<content hash>/     the model directories: the published one and the one before
    <deployment>/seldondeployment.yaml      the manifest; replacing it is what publishes

The order is what makes it safe to be killed anywhere: the model first, under its own name, then the
manifest that names it, in one rename, and what nobody names any more last.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.publish.outcome import Outcome
from components.publish.parameters import deployment_directory
from components.settings import Settings
from serving.artifact import InvalidModelDirectoryError, ModelDirectory, check
from serving.deployment.manifest import FILE_NAME, manifest, to_yaml
from serving.deployment.model import PublishedModel, champion_hash
from serving.deployment.settings import DeploymentSettings
from serving.staging import locked, replace_file, staged

MODELS = "models"


class UnreadableManifestError(ValueError):
    """What lies in the manifest's place names no model, so what it publishes cannot be kept."""


@dataclass(frozen=True)
class Publication:
    """What was published: the manifest's path and text, and the model that it names."""

    path: Path
    text: str
    model: PublishedModel


def publish_to_directory(model: ModelDirectory, settings: DeploymentSettings, directory: Path) -> Publication:
    """Publish a model below the deployment's `directory`; a second run changes nothing.

    On any error what was published before still is. Raises InvalidDeploymentError for a manifest that a
    cluster would misread, UnreadableManifestError, InvalidModelDirectoryError, OSError.
    """
    target = directory / MODELS / model.content_hash
    published = PublishedModel(str(target), model.content_hash, model.signature)
    text = to_yaml(manifest(published, settings))
    with locked(directory):
        previous = published_hash(directory / FILE_NAME)
        _place(model, target)
        replace_file(directory / FILE_NAME, text)
        # Publishing the same model again leaves the one to roll back to where it is.
        if previous != model.content_hash:
            _prune(directory / MODELS, keep={model.content_hash, previous})
    return Publication(directory / FILE_NAME, text, published)


def publish_here(
    model: ModelDirectory, location: str, deployment: DeploymentSettings, settings: Settings
) -> Outcome:
    """Publish below the directory that the settings name; whoever serves here copies no `location`."""
    del location
    publication = publish_to_directory(model, deployment, deployment_directory(settings, deployment.name))
    content_hash = publication.model.content_hash
    sys.stdout.write(f"published {content_hash} in {publication.path}\n")
    return Outcome(publication.text, {"model_hash": content_hash, "manifest_path": str(publication.path)})


def published_hash(path: Path) -> str | None:
    """The content hash of the model that a manifest publishes, None where there is no manifest."""
    if not path.exists():
        return None
    try:
        return champion_hash(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise UnreadableManifestError(f"{path} names no model; mend it or take it away") from error


def _place(model: ModelDirectory, target: Path) -> None:
    """Have the model at `target`: reused where it is complete, mended where it is not."""
    try:
        check(target, model.content_hash)
    except InvalidModelDirectoryError:
        with staged(target) as partial:
            shutil.copytree(model.path, partial, dirs_exist_ok=True, symlinks=True)
            check(partial, model.content_hash)


def _prune(models: Path, keep: set[str | None]) -> None:
    """Remove every model, and every half-written one, that is neither published nor the one before."""
    for path in models.iterdir():
        if path.name in keep:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

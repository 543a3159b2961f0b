"""The package that is uploaded: a compiled pipeline whose images are named by their content."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Resolve = Callable[[str], str]
# The parameters of a pipeline whose defaults are images.
IMAGE_PARAMETERS = ("serving_image", "executor_image")
VERSION_LENGTH = 12


@dataclass(frozen=True)
class Package:
    """A compiled pipeline, ready to be uploaded: `version` names its content."""

    name: str
    version: str
    text: str

    def write(self, directory: Path) -> Path:
        """Write the package as a file that Kubeflow Pipelines takes."""
        path = directory / f"{self.name}.yaml"
        path.write_text(self.text, encoding="utf-8")
        return path


def read_package(path: Path, resolve: Resolve) -> Package:
    """Take a compiled pipeline and name its images by their digests; `resolve` gives an image's.

    The same code and the same images give the same version.
    """
    documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    _resolve_images(documents[0], resolve)
    text = yaml.safe_dump_all(documents, sort_keys=True)
    version = hashlib.sha256(text.encode()).hexdigest()[:VERSION_LENGTH]
    return Package(documents[0]["pipelineInfo"]["name"], version, text)


def _resolve_images(document: dict[str, Any], resolve: Resolve) -> None:
    known: dict[str, str] = {}

    def once(image: str) -> str:
        if image not in known:
            known[image] = resolve(image)
        return known[image]

    for executor in document["deploymentSpec"]["executors"].values():
        container = executor.get("container", {})
        # Where the image is a parameter of the run, the parameter's default is resolved.
        if "image" in container and "{{" not in container["image"]:
            container["image"] = once(container["image"])
    parameters = document["root"].get("inputDefinitions", {}).get("parameters", {})
    for name in IMAGE_PARAMETERS:
        if parameters.get(name, {}).get("defaultValue"):
            parameters[name]["defaultValue"] = once(parameters[name]["defaultValue"])

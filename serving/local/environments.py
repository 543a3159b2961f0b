"""Which of the local environments stands in for an image, of a step or of a container."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from serving.local.places import ROOT

ENVIRONMENTS = ROOT / ".venvs"


class EnvironmentMissingError(ValueError):
    """An image that no environment of this machine stands in for."""


def environment_of(image: str) -> Path:
    """The virtual environment for an image called `<registry>/ontime-<environment>[:tag][@digest]`.

    Raises:
        EnvironmentMissingError: The image is none of ours, or its environment is not installed.
    """
    match = re.fullmatch(r"(?:.*/)?ontime-(?P<name>[a-z]+)(?:[:@].*)?", image)
    if match is None:
        raise EnvironmentMissingError(f"no environment stands in for the image {image}")
    environment = ENVIRONMENTS / match["name"]
    if not (environment / "bin" / "python3").exists():
        raise EnvironmentMissingError(f"{environment} is not installed: run `make setup`")
    return environment


def variables(environment: Path, settings: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The environment variables of a program whose `python3` is then the environment's.

    Of Python's own variables only ours are passed on: a foreign path would mix two environments.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {
        **inherited,
        **settings,
        "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(environment),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        # Alibi Detect imports it for models of text, and it then misses frameworks that nothing here needs.
        "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
        "TMPDIR": str(scratch),
    }

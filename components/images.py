"""Which image a step runs in, named by its environment; the registry is given when compiling."""

import os
import tomllib
from pathlib import Path
from typing import Literal

Environment = Literal["features", "training", "serving"]

VERSIONS = Path(__file__).parents[1] / "infra" / "versions.toml"


def image(environment: Environment) -> str:
    """The image reference of an environment, from `infra/versions.toml` and the compiling environment."""
    defaults = tomllib.loads(VERSIONS.read_text(encoding="utf-8"))["images"]
    registry = os.environ.get("ONTIME_IMAGE_REGISTRY", defaults["registry"])
    tag = os.environ.get("ONTIME_IMAGE_TAG", defaults["tag"])
    return f"{registry}/ontime-{environment}:{tag}"


def executor() -> str:
    """The image of Seldon's executor, from `infra/versions.toml`."""
    return str(tomllib.loads(VERSIONS.read_text(encoding="utf-8"))["images"]["executor"])

"""Compiles a pipeline to the YAML that every runner takes."""

import importlib
from pathlib import Path

from kfp import compiler

PIPELINES = ("features", "training")


def compile_pipeline(name: str, directory: Path) -> Path:
    """Write `<name>.yaml` into a directory that is made where it is missing; returns its path.

    The pipeline is imported here and not above, since which images it names is read from the
    environment variables of that moment.
    """
    pipeline = getattr(importlib.import_module(f"pipelines.{name}"), name)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    return path

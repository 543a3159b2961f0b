"""What a compiled pipeline says about itself: its parameters, its steps and their images."""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

Value = str | int | float | bool

TYPES: dict[str, type[Value]] = {
    "STRING": str,
    "NUMBER_INTEGER": int,
    "NUMBER_DOUBLE": float,
    "BOOLEAN": bool,
}


@dataclass(frozen=True)
class Parameter:
    """One pipeline parameter; `default` is None where a value must be given."""

    name: str
    type: type[Value]
    default: Value | None
    description: str


@dataclass(frozen=True)
class Specification:
    """A compiled pipeline.

    - `steps`: the image of every step, by its name, in an order that its dependencies allow.
    - `channels`: the (task, output) behind every name under which a condition refers to an output.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    steps: dict[str, str]
    channels: dict[str, tuple[str, str]]


def read_specification(path: Path) -> Specification:
    """Read a compiled pipeline.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no compiled pipeline, or has a parameter that is not flat.
    """
    document = next(iter(yaml.safe_load_all(path.read_text(encoding="utf-8"))), None)
    if not isinstance(document, dict) or "pipelineInfo" not in document:
        raise ValueError(f"{path} is no compiled pipeline")
    definitions = document["root"].get("inputDefinitions", {}).get("parameters", {})
    return Specification(
        name=document["pipelineInfo"]["name"],
        description=document["pipelineInfo"].get("description", ""),
        parameters=tuple(_parameter(name, definition) for name, definition in definitions.items()),
        steps=dict(_steps(document, document["root"]["dag"])),
        channels=dict(_channels(document)),
    )


def _parameter(name: str, definition: dict[str, Any]) -> Parameter:
    kind = definition["parameterType"]
    if kind not in TYPES:
        raise ValueError(f"parameter {name} is a {kind}: a pipeline's parameters are flat")
    default = definition.get("defaultValue")
    converted = None if default is None else TYPES[kind](default)
    description = " ".join(definition.get("description", "").split())
    return Parameter(name=name, type=TYPES[kind], default=converted, description=description)


def _steps(document: dict[str, Any], dag: dict[str, Any]) -> Iterator[tuple[str, str]]:
    tasks = dag["tasks"]
    for task in TopologicalSorter({n: t.get("dependentTasks", []) for n, t in tasks.items()}).static_order():
        reference = tasks[task]["componentRef"]["name"]
        component = document["components"][reference]
        if "dag" in component:
            yield from _steps(document, component["dag"])
        else:
            executor = document["deploymentSpec"]["executors"][component["executorLabel"]]
            yield reference.removeprefix("comp-"), executor["container"]["image"]


def _channels(document: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    dags = [component["dag"] for component in document["components"].values() if "dag" in component]
    for dag in [document["root"]["dag"], *dags]:
        for task in dag["tasks"].values():
            for name, source in task.get("inputs", {}).get("parameters", {}).items():
                if "taskOutputParameter" in source:
                    output = source["taskOutputParameter"]
                    yield name, (output["producerTask"], output["outputParameterKey"])

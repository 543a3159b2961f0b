"""The steps of a compiled pipeline: what each runs, and where what it reads comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import yaml

Document = dict[str, Any]

# A test holds them to what is compiled.
GOLDENS = Path(__file__).parents[2] / "contract" / "pipelines" / "__snapshots__" / "test_compiled"
GOLDEN = "test_the_compiled_pipeline_is_the_golden[{}].yaml"


class Output(NamedTuple):
    """What a step gives to those after it."""

    step: str
    name: str


@dataclass(frozen=True)
class Step:
    """One step.

    - `container`: its image, command, arguments and resources.
    - `platform`: what Kubernetes adds to it.
    - `parameters`, `artifacts`: its inputs, each a value or the output of a step before it.
    - `output_artifacts`: the type of each.
    """

    name: str
    container: Document
    platform: Document
    parameters: Mapping[str, Any]
    artifacts: Mapping[str, Output]
    output_parameters: tuple[str, ...]
    output_artifacts: Mapping[str, Document]


def read_steps(pipeline_name: str, arguments: Mapping[str, Any]) -> list[Step]:
    """The steps of a pipeline of ours as it is compiled, in an order that their dependencies allow."""
    text = (GOLDENS / GOLDEN.format(pipeline_name)).read_text(encoding="utf-8")
    pipeline, *platforms = yaml.safe_load_all(text)
    definitions = pipeline["root"].get("inputDefinitions", {}).get("parameters", {})
    defaults = {name: item.get("defaultValue") for name, item in definitions.items()}
    executors = {
        name: added
        for platform in platforms
        for name, added in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].items()
    }
    return list(_steps(pipeline, pipeline["root"]["dag"], {**defaults, **arguments}, executors))


def _steps(
    pipeline: Document, dag: Document, given: Mapping[str, Any], platform: Mapping[str, Document]
) -> Iterator[Step]:
    """The steps of a graph, and of the graphs in it, which are given what their conditions were."""
    tasks = dag["tasks"]
    before = {name: task.get("dependentTasks", []) for name, task in tasks.items()}
    for name in TopologicalSorter(before).static_order():
        inputs = tasks[name].get("inputs", {})
        parameters = {key: _value(source, given) for key, source in inputs.get("parameters", {}).items()}
        artifacts = {key: _value(source, given) for key, source in inputs.get("artifacts", {}).items()}
        component = pipeline["components"][tasks[name]["componentRef"]["name"]]
        if "dag" in component:
            yield from _steps(pipeline, component["dag"], {**parameters, **artifacts}, platform)
            continue
        outputs = component.get("outputDefinitions", {})
        executor = component["executorLabel"]
        yield Step(
            name=name,
            container=pipeline["deploymentSpec"]["executors"][executor]["container"],
            platform=platform.get(executor, {}),
            parameters=parameters,
            artifacts=artifacts,
            output_parameters=tuple(outputs.get("parameters", {})),
            output_artifacts={
                key: item["artifactType"] for key, item in outputs.get("artifacts", {}).items()
            },
        )


def _value(source: Document, given: Mapping[str, Any]) -> Any:
    match source:
        case {"componentInputParameter": name} | {"componentInputArtifact": name}:
            value = given[name]
        case {"taskOutputParameter": {"producerTask": step, "outputParameterKey": name}}:
            value = Output(step, name)
        case {"taskOutputArtifact": {"producerTask": step, "outputArtifactKey": name}}:
            value = Output(step, name)
        case {"runtimeValue": {"constant": constant}}:
            value = constant
        case _:
            raise ValueError(f"an input that no step of ours has: {source}")
    # YAML has whole numbers as 8.0.
    return int(value) if isinstance(value, float) and value.is_integer() else value

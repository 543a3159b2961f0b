"""The tasks of a compiled pipeline as they appear in a run: by their names, with what guards them."""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import yaml

# The output that a gate decides by.
PROMOTED = "promoted"


@dataclass(frozen=True)
class Tasks:
    """The steps in an order that their dependencies allow, and the conditions that a gate's refusal skips."""

    steps: tuple[str, ...]
    gates: frozenset[str]


def read_tasks(document: dict[str, Any]) -> Tasks:
    """The tasks of a compiled pipeline, given as its first YAML document."""
    steps: list[str] = []
    gates: set[str] = set()
    for name, task, component in _tasks(document, document["root"]["dag"]):
        if "dag" not in component:
            steps.append(name)
        elif f"-{PROMOTED}'" in task.get("triggerPolicy", {}).get("condition", ""):
            gates.add(name)
    return Tasks(tuple(steps), frozenset(gates))


def read_text(text: str) -> Tasks:
    """The tasks of a compiled pipeline, given as its text."""
    return read_tasks(next(iter(yaml.safe_load_all(text))))


def _tasks(
    document: dict[str, Any], dag: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    tasks = dag["tasks"]
    order = TopologicalSorter({name: task.get("dependentTasks", []) for name, task in tasks.items()})
    for name in order.static_order():
        component = document["components"][tasks[name]["componentRef"]["name"]]
        yield name, tasks[name], component
        if "dag" in component:
            yield from _tasks(document, component["dag"])

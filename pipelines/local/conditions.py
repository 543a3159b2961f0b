"""Lets KFP's local runner see the outputs that a condition names."""

from collections.abc import Callable, Mapping
from typing import Any

from kfp.local.io import IOStore

Resolve = Callable[[str, IOStore], Any]


def resolving(channels: Mapping[str, tuple[str, str]], original: Resolve) -> Resolve:
    """KFP's resolution of a name in a condition, except for the named outputs of a step.

    KFP 2.17 takes `pipelinechannel--<task>-<output>` for a pipeline parameter unless the output is
    called `Output`, finds none, and silently skips what the condition guards. Here the compiled
    pipeline says which output is meant.
    """

    def resolve(name: str, store: IOStore) -> Any:
        if name not in channels:
            return original(name, store)
        task, output = channels[name]
        return store.get_task_output(task, output)

    return resolve

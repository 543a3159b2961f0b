"""A published manifest with stores of its own, so that a replay disturbs none that others read."""

from pathlib import Path

import yaml

from serving.online_location import sqlite_url

STORES = ("ONTIME_NODE_ONLINE_STORE", "ONTIME_MONITOR_DATABASE_URL")


def with_stores(manifest: str, online_store: Path, monitor_database: Path) -> str:
    """The manifest whose containers read and write these SQLite files, and are the same but for that.

    Raises:
        ValueError: no container names such a store.
    """
    document = yaml.safe_load(manifest)
    urls = dict(
        zip(STORES, (sqlite_url(online_store), f"sqlite:///{monitor_database.absolute()}"), strict=True)
    )
    replaced = set()
    for predictor in document["spec"]["predictors"]:
        for component in predictor["componentSpecs"]:
            containers = [*component["spec"].get("initContainers", []), *component["spec"]["containers"]]
            for variable in (variable for container in containers for variable in container.get("env", [])):
                if variable["name"] in urls:
                    variable["value"] = urls[variable["name"]]
                    replaced.add(variable["name"])
    if replaced != set(urls):
        raise ValueError(f"no container of the manifest has {', '.join(sorted(set(urls) - replaced))}")
    return yaml.safe_dump(document, sort_keys=False)

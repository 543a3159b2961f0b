"""The Feast store over one registry and one online store."""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal, Protocol

import yaml
from feast import FeatureStore, RepoConfig

HERE = Path(__file__).parent
CONFIGURATIONS = {
    "sqlite": HERE / "feature_store.yaml",
    "redis": HERE / "stores" / "s3_redis.yaml",
}


class OnlineStore(Protocol):
    """Where an online store is: its kind, and its place as Feast is told of it."""

    @property
    def kind(self) -> Literal["sqlite", "redis"]:
        """Which of `CONFIGURATIONS` describes it."""

    @property
    def place(self) -> str:
        """A file's path, or how to connect to a server."""


def open_store(registry: Path, online: OnlineStore, **changes: Any) -> FeatureStore:
    """The store that the configuration of its kind describes, with the registry at an absolute path.

    `changes` replace entries of the configuration.
    """
    _quieten()
    configuration = yaml.safe_load(CONFIGURATIONS[online.kind].read_text(encoding="utf-8"))
    places = {"FEATURE_REGISTRY": str(registry.resolve()), "FEATURE_ONLINE_STORE": online.place}
    filled = _filled(configuration, places) | changes
    return FeatureStore(config=RepoConfig(**filled, repo_path=registry.resolve().parent))


def _filled(value: Any, places: Mapping[str, str]) -> Any:
    """The configuration with its places filled in, after it was read: a password may look like YAML."""
    if isinstance(value, dict):
        return {key: _filled(entry, places) for key, entry in value.items()}
    return Template(value).substitute(places) if isinstance(value, str) else value


def _quieten() -> None:
    """Keep out of a step's log what nobody who reads it can act on."""
    # Feast reports each time that it reads its registry again: some sixty lines a materialization.
    logging.getLogger("feast.infra.registry").setLevel(logging.WARNING)
    # Ibis 12 calls DuckDB's older name for a method.
    warnings.filterwarnings("ignore", message=r"fetch_arrow_table\(\)", category=DeprecationWarning)

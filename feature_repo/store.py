"""The Feast store over one registry and one online store."""

import logging
import warnings
from pathlib import Path
from string import Template

import yaml
from feast import FeatureStore, RepoConfig

CONFIGURATION = Path(__file__).with_name("feature_store.yaml")


def open_store(registry: Path, online_store: Path) -> FeatureStore:
    """The store that `feature_store.yaml` describes; both paths are made absolute."""
    _quieten()
    text = Template(CONFIGURATION.read_text(encoding="utf-8")).substitute(
        FEATURE_REGISTRY=registry.resolve(), FEATURE_ONLINE_STORE=online_store.resolve()
    )
    return FeatureStore(config=RepoConfig(**yaml.safe_load(text), repo_path=registry.resolve().parent))


def _quieten() -> None:
    """Keep out of a step's log what nobody who reads it can act on."""
    # Feast reports each time that it reads its registry again: some sixty lines a materialization.
    logging.getLogger("feast.infra.registry").setLevel(logging.WARNING)
    # Ibis 12 calls DuckDB's older name for a method.
    warnings.filterwarnings("ignore", message=r"fetch_arrow_table\(\)", category=DeprecationWarning)

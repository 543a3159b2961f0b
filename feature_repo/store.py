"""The Feast store over one registry and one online store."""

from pathlib import Path
from string import Template

import yaml
from feast import FeatureStore, RepoConfig

CONFIGURATION = Path(__file__).with_name("feature_store.yaml")


def open_store(registry: Path, online_store: Path) -> FeatureStore:
    """The store that `feature_store.yaml` describes; both paths are made absolute."""
    text = Template(CONFIGURATION.read_text(encoding="utf-8")).substitute(
        FEATURE_REGISTRY=registry.resolve(), FEATURE_ONLINE_STORE=online_store.resolve()
    )
    return FeatureStore(config=RepoConfig(**yaml.safe_load(text), repo_path=registry.resolve().parent))

"""Whether a set that is built again is the one that exists: sets are never changed."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from components.build_features.feature_set import FeatureSet
from feature_repo.store import open_store
from serving.online_location import SqliteFile


class FeatureSetExistsError(ValueError):
    """A set of the same instant exists with other contents; sets are never changed."""


def refuse_difference(location: str, existing: FeatureSet, rebuilt: FeatureSet) -> None:
    """Refuse a rebuilt set whose tables, codes or definitions are not those of the existing one.

    Raises:
        FeatureSetExistsError: they are not; it names the set at `location` and the files that differ.
    """
    ours, theirs = rebuilt.manifest().tables, existing.manifest().tables
    different = sorted(name for name in ours | theirs if ours.get(name) != theirs.get(name))
    if existing.references.read_bytes() != rebuilt.references.read_bytes():
        different.append(existing.references.name)
    if _definitions(existing.registry) != _definitions(rebuilt.registry):
        different.append(existing.registry.name)
    if different:
        raise FeatureSetExistsError(
            f"{location} was written with other contents ({', '.join(different)}); sets are never "
            "changed: choose another instant, or remove the set and every model trained on it"
        )


def _definitions(registry: Path) -> list[Any]:
    """What a registry says of the views and services, without when it was written."""
    with TemporaryDirectory() as scratch:
        store = open_store(registry, SqliteFile(Path(scratch) / "online.db"))
        views = sorted(store.list_feature_views(), key=lambda view: view.name)
        return [*views, *store.list_feature_services()]

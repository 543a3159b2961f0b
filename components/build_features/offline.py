"""Feast over the tables of one set, where they lie now."""

from pathlib import Path

from feast import FeatureStore
from feast.protos.feast.core.Registry_pb2 import Registry

from components.build_features.feature_set import FeatureSet
from feature_repo.store import open_store
from serving.online_location import SqliteFile


def offline_store(source: FeatureSet, scratch: Path) -> FeatureStore:
    """A Feast store that joins from the tables of `source`; its own files go to `scratch`."""
    return open_store(local_registry(source, scratch), SqliteFile(scratch / "online.db"))


def local_registry(source: FeatureSet, scratch: Path) -> Path:
    """A copy of the set's registry, in `scratch`, that names the tables where they lie.

    The set's own names them where the set was written, which may be a bucket. It is never changed, and
    Feast writes to a registry: notes of each materialization.
    """
    registry = Registry.FromString(source.registry.read_bytes())
    sources = [*registry.data_sources, *(view.spec.batch_source for view in registry.feature_views)]
    for each in sources:
        if each.file_options.uri:
            each.file_options.uri = str(source.directory / Path(each.file_options.uri).name)
    copy = scratch / source.registry.name
    copy.write_bytes(registry.SerializeToString())
    return copy

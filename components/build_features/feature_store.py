"""The feature store: immutable sets of tables, in a directory of this machine or in a bucket."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from components.build_features.bucket import BucketStore
from components.build_features.directory import DirectoryStore
from components.build_features.feature_set import FeatureSet, Manifest
from components.settings import Settings
from serving.object_location import is_object_store
from serving.object_store import Bucket

Draw = Callable[[FeatureSet, str], Manifest]
"""Writes all files of a set into its empty directory; its registry names the tables at a location."""


class FeatureStore(Protocol):
    """The sets of one feature store."""

    def location(self, as_of: datetime) -> str:
        """Where the set of an instant lies, whether it exists or not."""

    def reading(self, as_of: datetime | None) -> AbstractContextManager[FeatureSet]:
        """The set of an instant, or the newest one, on this machine for as long as the block lasts.

        Raises FileNotFoundError where the store does not hold it.
        """

    def write(self, as_of: datetime, draw: Draw) -> Manifest:
        """Write the set of an instant: whole or not at all, and never twice with different contents.

        Raises FeatureSetExistsError where it exists with other contents.
        """


def feature_store(settings: Settings) -> FeatureStore:
    """The feature store that the settings name.

    Raises:
        ObjectStoreError: it cannot be opened with what the environment says of its account.
    """
    uri = settings.feature_store_uri
    if is_object_store(uri):
        return BucketStore(Bucket.open(uri, settings.object_store_endpoint))
    return DirectoryStore.at(uri)

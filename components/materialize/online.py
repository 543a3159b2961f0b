"""The online store as of an instant: filled from nothing, or advanced from an earlier instant.

Feast keeps whatever is written last in SQLite, older or not, and nothing but what is newer in Redis. So a
store is only ever moved forward; to go back, it is filled anew.
"""

from datetime import UTC, datetime
from pathlib import Path

from feast import FeatureStore

from components.build_features.feature_set import FeatureSet
from components.build_features.offline import local_registry
from feature_repo.store import open_store
from feature_repo.views import VIEWS
from serving.online_location import OnlineLocation, SqliteFile

# Before anything that a view without a time to live could hold.
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


def writable_store(source: FeatureSet, online: OnlineLocation, scratch: Path) -> FeatureStore:
    """A Feast store that writes to `online` from the tables of `source`; its registry goes to `scratch`."""
    if isinstance(online, SqliteFile):
        online.path.parent.mkdir(parents=True, exist_ok=True)
    store = open_store(local_registry(source, scratch), online)
    store.apply([*store.list_entities(), *store.list_feature_views(), *store.list_feature_services()])
    return store


def fill(store: FeatureStore, as_of: datetime) -> None:
    """Write to an empty online store all that counts at `as_of`: what is no older than its time to live."""
    for view in VIEWS.values():
        start = BEGINNING if view.ttl is None else as_of - view.ttl
        store.materialize(start, as_of, feature_views=[view.name])


def advance(store: FeatureStore, since: datetime, as_of: datetime) -> None:
    """Bring an online store that stands at `since` forward to `as_of`.

    Raises:
        ValueError: `as_of` lies before `since`, which would write older values over newer ones.
    """
    if as_of < since:
        raise ValueError(
            f"an online store at {since.isoformat()} cannot go back to {as_of.isoformat()}; fill a new one"
        )
    for view in VIEWS.values():
        start = since if view.ttl is None else max(since, as_of - view.ttl)
        store.materialize(start, as_of, feature_views=[view.name])

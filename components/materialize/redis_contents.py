"""Replaces all that a Redis online store holds at once, under the eyes of those who read it.

Feast keeps a value unless a newer one comes, so a store could neither go back nor have a value mended, and
what no longer counts would stay. So the new contents are written beside the old under the name of another
project, and then take their place in one transaction. A killed writer's draft expires.
"""

import struct
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from feast import FeatureStore
from feast.infra.key_encoding_utils import deserialize_entity_key, serialize_entity_key
from redis import Redis

from feature_repo.store import open_store
from serving.online_location import RedisServer
from serving.online_redis import filled_key

DRAFT_SECONDS = 3600
LOCK_SECONDS = 60
ENTITY_KEY_VERSION = 3


def draft_store(store: FeatureStore, server: RedisServer, scratch: Path) -> FeatureStore:
    """A Feast store with the definitions of `store` that writes to the same server under a new name."""
    name = f"{store.project}_draft_{uuid.uuid4().hex}"
    draft = open_store(scratch / f"{name}.pb", server, project=name)
    draft.config.online_store.key_ttl_seconds = DRAFT_SECONDS
    draft.apply([*store.list_entities(), *store.list_feature_views(), *store.list_feature_services()])
    return draft


def replace_contents(client: Redis, project: str, draft: str, as_of: datetime) -> None:
    """Let what was written for `draft` be all that there is for `project`, in one transaction."""
    with client.lock(f"{project}:lock", timeout=LOCK_SECONDS, blocking_timeout=LOCK_SECONDS):
        new = {_entity(key, draft): key for key in client.scan_iter(f"*{draft}", count=1000)}
        old = {_entity(key, project): key for key in _keys_of(client, project)}
        with client.pipeline(transaction=True) as transaction:
            for entity, key in new.items():
                transaction.persist(key)
                transaction.rename(key, entity + project.encode())
            for entity in old.keys() - new.keys():
                transaction.unlink(old[entity])
            transaction.set(filled_key(project), as_of.isoformat())
            transaction.execute()


def _keys_of(client: Redis, project: str) -> Iterator[bytes]:
    """The keys of one project; those of another may end with the same letters."""
    for key in client.scan_iter(f"*{project}", count=1000):
        if _is_entity(_entity(key, project)):
            yield key


def _entity(key: bytes, project: str) -> bytes:
    """What comes before the project's name in a key of Feast: the entity."""
    return key.removesuffix(project.encode())


def _is_entity(entity: bytes) -> bool:
    try:
        parsed = deserialize_entity_key(entity, ENTITY_KEY_VERSION)
    except (struct.error, ValueError, IndexError):
        return False
    return serialize_entity_key(parsed, ENTITY_KEY_VERSION) == entity

"""A directory in an object store: Amazon's S3 and what speaks it, Google's and Azure's, through obstore.

Credentials come from the variables that each of them is customarily given by, and from nowhere else. What
goes wrong is told in one sentence that names the directory, not the request, which may be signed.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from serving.object_location import needs_endpoint, object_location

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

DEFAULT_REGION = "us-east-1"
CHUNK_BYTES = 8 * 1024 * 1024
NO_BUCKET = "NoSuchBucket"
ANSWER = re.compile(r"<Code>(?P<code>.*?)</Code>.*?<Message>(?P<message>.*?)</Message>", re.DOTALL)


class ObjectStoreError(RuntimeError):
    """An object store cannot be had, or does not hold what it should."""


@dataclass(frozen=True)
class Bucket:
    """A directory in a bucket; `url` is how messages name it. Each method may raise ObjectStoreError."""

    url: str
    store: ObjectStore

    @classmethod
    def open(cls, url: str, endpoint: str | None) -> "Bucket":
        """The directory at a URL, with the store at `endpoint` where it speaks S3."""
        try:
            scheme, place = object_location(url)
        except ValueError as error:
            raise ObjectStoreError(str(error)) from error
        if endpoint is None and needs_endpoint(url):
            raise ObjectStoreError(f"{url} needs the address of its store")
        with _told(url, "opened"):
            return cls(f"{scheme}://{place}", _store(scheme, place, endpoint))

    def names(self, below: str | None = None) -> list[str]:
        """Every file below the directory, or below one in it, by its path from there.

        What a console makes to show an empty directory is no file.
        """
        with _told(self.url, "read"):
            found = {item["path"]: item["size"] for page in obstore.list(self.store, below) for item in page}
        parents = {str(parent) for name in found for parent in PurePosixPath(name).parents}
        return sorted(name for name, size in found.items() if size or name not in parents)

    def children(self) -> list[str]:
        """The directories right below it."""
        with _told(self.url, "read"):
            return sorted(obstore.list_with_delimiter(self.store)["common_prefixes"])

    def read(self, name: str) -> bytes | None:
        """What a small file holds, None where there is none."""
        with _told(self.url, "read"):
            try:
                return bytes(obstore.get(self.store, name).bytes())
            except FileNotFoundError as error:
                if NO_BUCKET in str(error):
                    raise
                return None

    def download(self, name: str, target: Path) -> None:
        """Bring one file here."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with _told(self.url, "read"), target.open("wb") as file:
            for chunk in obstore.get(self.store, name).stream(min_chunk_size=CHUNK_BYTES):
                file.write(chunk)

    def upload(self, source: Path, name: str) -> None:
        """Put one file there; it is there whole or not at all."""
        with _told(self.url, "written"):
            obstore.put(self.store, name, source)

    def create(self, name: str, content: bytes) -> bool:
        """Put a small file there unless there is one; whether it was put."""
        with _told(self.url, "written"):
            try:
                obstore.put(self.store, name, content, mode="create")
            except AlreadyExistsError:
                return False
        return True

    def delete(self, names: list[str]) -> None:
        """Take files away."""
        with _told(self.url, "written"):
            obstore.delete(self.store, names)


def _store(scheme: str, place: str, endpoint: str | None) -> ObjectStore:
    client: ClientConfig = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(minutes=2)}
    retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(minutes=1)}
    if scheme == "gs":
        return GCSStore.from_url(f"gs://{place}", client_options=client, retry_config=retries)
    if scheme == "az":
        return AzureStore.from_url(f"az://{place}", client_options=client, retry_config=retries)
    config: S3Config = {}
    if not {"AWS_REGION", "AWS_DEFAULT_REGION"} & os.environ.keys():
        config["region"] = DEFAULT_REGION
    if endpoint is not None:
        config["endpoint"] = endpoint
    # Whoever writes http:// means it.
    address = endpoint or os.environ.get("AWS_ENDPOINT_URL", "")
    client["allow_http"] = address.startswith("http://")
    return S3Store.from_url(f"s3://{place}", config=config, client_options=client, retry_config=retries)


@contextmanager
def _told(url: str, done: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        # Not `from error`, which a step's log would show with the signed request.
        raise ObjectStoreError(f"{url} cannot be {done}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """What a store answered, or why it did not: obstore tells that at length, with the signed request."""
    account = str(error).partition("\n\nDebug source")[0]
    answered = ANSWER.search(account)
    if answered:
        return f"{answered['message'].rstrip('.')} ({answered['code']})"
    return " ".join(re.sub(r"\?\S+", "", account).split())

"""Where a directory in an object store is, from its URL.

No message here repeats a URL, which may hold a password.
"""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

SCHEMES = ("s3", "minio", "gs", "az")
"""`minio` is how Kubeflow Pipelines names what speaks S3 at an address of its own."""


def is_object_store(location: str) -> bool:
    """Whether a location is a URL of an object store, and not a path of this machine."""
    return urlsplit(location).scheme in SCHEMES


def object_location(url: str) -> tuple[str, str]:
    """The scheme of a URL, and the bucket and path that it names.

    Raises:
        ValueError: it is of another form, or holds more.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc or "@" in parts.netloc or parts.query:
        raise ValueError(f"a directory in an object store is given as {'|'.join(SCHEMES)}://bucket/path")
    return parts.scheme, (parts.netloc + parts.path).rstrip("/")


def needs_endpoint(location: str) -> bool:
    """Whether a location says nothing of the address of its store."""
    return urlsplit(location).scheme == "minio"


def _directory(location: str) -> str:
    """Check that a location is a directory of this machine or in an object store."""
    scheme, separator, _ = location.partition("://")
    if is_object_store(location):
        object_location(location)
    elif separator and scheme != "file":
        raise ValueError(f"a location at {scheme}:// is not known: {', '.join(SCHEMES)}, file and paths are")
    return location


def _endpoint(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("the address of an object store is given as http[s]://host[:port]")
    return address


Directory = Annotated[str, AfterValidator(_directory)]
"""A setting: a path or `file://` URL of this machine, or a URL of an object store."""
Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""A setting: the address of an object store that speaks S3."""

"""Where the signature of a served model is read: beside what is published here, or where the model lies."""

from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from serving.artifact import SIGNATURE
from serving.deployment.model import MODEL_LOCATION
from serving.local.plan import UnrunnableManifestError, read_manifest
from serving.local.settings import LocalSettings
from serving.object_location import Endpoint, is_object_store
from serving.object_store import Bucket, ObjectStoreError
from serving.settings import StrictSettings
from serving.signature import Signature


class UnreadableSignatureError(ValueError):
    """There is no signature where a model is said to be."""


class ObjectStoreSettings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_OBJECT_STORE_`.

    - `endpoint`: the address of an object store that speaks S3; `minio://` needs one.
    """

    model_config = SettingsConfigDict(env_prefix="ONTIME_OBJECT_STORE_", hide_input_in_errors=True)

    endpoint: Endpoint | None = None


def published_location(settings: LocalSettings) -> str:
    """Where the model that is published on this machine lies; raises UnrunnableManifestError."""
    text = read_manifest(settings.manifest)
    try:
        return str(yaml.safe_load(text)["metadata"]["annotations"][MODEL_LOCATION])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise UnrunnableManifestError(f"{settings.manifest} does not say where its model lies") from error


def signature_at(location: str) -> Signature:
    """The signature of a model directory, which is a path or a URL.

    Raises UnreadableSignatureError, and SettingsError where the store's settings are wrong.
    """
    content = _from_bucket(location) if is_object_store(location) else _from_directory(location)
    if content is None:
        raise UnreadableSignatureError(f"there is no model with a {SIGNATURE} at {location}")
    try:
        return Signature.model_validate_json(content)
    except ValidationError as error:
        raise UnreadableSignatureError(f"{location}/{SIGNATURE} is no signature: {error}") from error


def _from_bucket(location: str) -> bytes | None:
    try:
        return Bucket.open(location, ObjectStoreSettings.from_environment().endpoint).read(SIGNATURE)
    except ObjectStoreError as error:
        raise UnreadableSignatureError(str(error)) from error


def _from_directory(location: str) -> bytes | None:
    path = Path(location.removeprefix("file://")) / SIGNATURE
    return path.read_bytes() if path.is_file() else None

"""Bring a model directory to where a pod's containers read it; the pod's first init container runs this.

`python -m serving.fetch` copies the directory at `ONTIME_FETCH_LOCATION` to `ONTIME_FETCH_DIRECTORY` and
ends with 0 only if a complete directory of the expected content hash is there. It may run any number of
times: a complete target is left alone, a half-filled or wrong one is replaced whole.
"""

import logging
import shutil
import sys
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from serving.artifact import InvalidModelDirectoryError, check
from serving.object_location import Directory, Endpoint, is_object_store, needs_endpoint
from serving.object_store import Bucket, ObjectStoreError
from serving.settings import StrictSettings, explain
from serving.staging import staged

logger = logging.getLogger(__name__)


class FetchError(RuntimeError):
    """The model directory cannot be had from its location."""


class FetchSettings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_FETCH_`.

    - `location`: the model directory, as a path or a URL (`file://`, `s3://`, `minio://`, `gs://`, `az://`).
    - `content_hash`: what names its content.
    - `directory`: where it is wanted.
    - `endpoint`: the address of an object store that speaks S3; `minio://` needs one.

    Credentials are read from each store's own customary variables.
    """

    model_config = SettingsConfigDict(env_prefix="ONTIME_FETCH_", hide_input_in_errors=True)

    location: Directory
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    directory: Path
    endpoint: Endpoint | None = None

    @model_validator(mode="after")
    def _says_where_the_store_is(self) -> Self:
        if self.endpoint is None and needs_endpoint(self.location):
            raise ValueError(f"{self.location} needs the address of its store in ONTIME_FETCH_ENDPOINT")
        return self


def fetch(settings: FetchSettings) -> None:
    """Have the model directory at `settings.directory`, complete and of the expected hash, or raise.

    Raises FetchError where it is not at the location or cannot be read there, InvalidModelDirectoryError
    where what came is torn or another one; the target is then as it was.
    """
    if is_complete(settings.directory, settings.content_hash):
        logger.info("%s is complete already", settings.directory)
        return
    with staged(settings.directory) as partial:
        if is_object_store(settings.location):
            copy_from_bucket(settings.location, settings.endpoint, partial)
        else:
            copy_from_directory(settings.location, partial)
        check(partial, settings.content_hash)
    logger.info("fetched %s to %s", settings.location, settings.directory)


def is_complete(directory: Path, content_hash: str) -> bool:
    """Whether an earlier run has done the work."""
    try:
        check(directory, content_hash)
    except InvalidModelDirectoryError:
        return False
    return True


def copy_from_bucket(location: str, endpoint: str | None, target: Path) -> None:
    """Copy every file below a URL into the empty directory `target`.

    Raises FetchError where there is none, where the store cannot be had, or where a key would end outside
    `target`.
    """
    try:
        bucket = Bucket.open(location, endpoint)
        names = bucket.names()
        for name in names:
            if not (target / name).resolve().is_relative_to(target.resolve()):
                raise FetchError(f"{location}: {name} would be written outside the model directory")
            bucket.download(name, target / name)
    except ObjectStoreError as error:
        raise FetchError(str(error)) from error
    if not names:
        raise FetchError(f"there is no model directory at {location}")


def copy_from_directory(location: str, target: Path) -> None:
    """Copy a directory of this machine into the empty directory `target`; raises FetchError."""
    source = Path(location.removeprefix("file://"))
    if not source.is_dir():
        raise FetchError(f"there is no model directory at {source}")
    try:
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    except OSError as error:
        raise FetchError(f"{source} cannot be copied to {target}: {error}") from error


def main() -> int:
    """Run as the settings say; a failure is one sentence on standard error and exit status 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        fetch(FetchSettings())
    except ValidationError as error:
        logger.error("The settings of the fetch are wrong: %s", explain(error, FetchSettings))  # noqa: TRY400 - one sentence
        return 1
    except (FetchError, InvalidModelDirectoryError) as error:
        logger.error("The model directory was not fetched: %s", error)  # noqa: TRY400 - one sentence
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Bring a model directory to where a pod's containers read it; the pod's first init container runs this.

`python -m serving.fetch` copies the directory at `ONTIME_FETCH_LOCATION` to `ONTIME_FETCH_DIRECTORY` and
ends with 0 only if a complete directory of the expected content hash is there. It may run any number of
times: a complete target is left alone, a half-filled or wrong one is replaced whole.
"""

import logging
import sys
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import fsspec
from fsspec import AbstractFileSystem
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from serving.artifact import InvalidModelDirectoryError, check
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

    Credentials are read by each file system from its own customary variables.
    """

    model_config = SettingsConfigDict(env_prefix="ONTIME_FETCH_")

    location: str
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    directory: Path
    endpoint: str | None = None


def fetch(settings: FetchSettings) -> None:
    """Have the model directory at `settings.directory`, complete and of the expected hash, or raise.

    Raises FetchError where it is not at the location or cannot be read there, InvalidModelDirectoryError
    where what came is torn or another one; the target is then as it was.
    """
    if is_complete(settings.directory, settings.content_hash):
        logger.info("%s is complete already", settings.directory)
        return
    file_system, root = open_location(settings.location, settings.endpoint)
    with staged(settings.directory) as partial:
        copy(file_system, root, partial)
        check(partial, settings.content_hash)
    logger.info("fetched %s to %s", settings.location, settings.directory)


def is_complete(directory: Path, content_hash: str) -> bool:
    """Whether an earlier run has done the work."""
    try:
        check(directory, content_hash)
    except InvalidModelDirectoryError:
        return False
    return True


def open_location(location: str, endpoint: str | None) -> tuple[AbstractFileSystem, str]:
    """The file system of a location and the location's path in it.

    `minio://` is how Kubeflow Pipelines names what speaks S3 at an address of its own. Raises FetchError
    where the scheme is unknown or its package is not installed.
    """
    scheme, separator, path = location.partition("://")
    if scheme == "minio" and endpoint is None:
        raise FetchError(f"{location} needs the address of its store in ONTIME_FETCH_ENDPOINT")
    options = {} if endpoint is None else {"endpoint_url": endpoint}
    url = f"s3://{path}" if separator and scheme == "minio" else location
    try:
        file_system, root = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        raise FetchError(f"no package for {urlsplit(url).scheme}:// is installed here: {error}") from error
    except ValueError as error:
        raise FetchError(f"{location} cannot be opened: {error}") from error
    return file_system, root


def copy(file_system: AbstractFileSystem, root: str, target: Path) -> None:
    """Copy every file below `root` into the empty directory `target`.

    Raises FetchError where there is none, or where a key of the store would end outside `target`.
    """
    try:
        sources = file_system.find(root)
        for source in sources:
            name = PurePosixPath(source).relative_to(root)
            if ".." in name.parts:
                raise FetchError(f"{source} would be written outside the model directory")
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            file_system.get_file(source, str(target / name))
    except OSError as error:
        raise FetchError(f"{root} cannot be copied to {target}: {error}") from error
    if not sources:
        raise FetchError(f"there is no model directory at {root}")


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

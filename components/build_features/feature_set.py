"""Where a set of feature tables lies and what is in it: one directory an instant, written once.

`<feature store>/<stamp of as_of>/` holds a Parquet file a feature view, `entities.parquet` (past and
coming requests with their labels), `references.json` (the codes that exist), `registry.pb` (the Feast
definitions) and `manifest.json` (the instant, and of each file its rows and its hash).
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from feature_repo.instants import stamp, unstamp

MANIFEST = "manifest.json"


class TableFile(BaseModel):
    """One table of a set: its rows, and the SHA-256 of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    sha256: str


class Manifest(BaseModel):
    """What a set holds; `tables` is keyed by file name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: AwareDatetime
    tables: dict[str, TableFile]


@dataclass(frozen=True)
class FeatureSet:
    """The paths of one set."""

    directory: Path

    @property
    def as_of(self) -> datetime:
        """The instant that the set's name says."""
        return unstamp(self.directory.name)

    @property
    def entities(self) -> Path:
        """Requests and labels."""
        return self.directory / "entities.parquet"

    @property
    def references(self) -> Path:
        """The codes that exist, by list."""
        return self.directory / "references.json"

    @property
    def registry(self) -> Path:
        """The Feast registry; it names the absolute paths of the tables."""
        return self.directory / "registry.pb"

    def table(self, view: str) -> Path:
        """The table of a feature view."""
        return self.directory / f"{view}.parquet"

    def manifest(self) -> Manifest:
        """What the set holds."""
        return Manifest.model_validate_json((self.directory / MANIFEST).read_text(encoding="utf-8"))


def store_directory(uri: str) -> Path:
    """The directory of a feature store on this machine, absolute.

    Raises:
        ValueError: the URI has a scheme other than `file`.
    """
    scheme, separator, rest = uri.partition("://")
    if separator and scheme != "file":
        raise ValueError(f"the feature store {uri!r} is not on this machine: only directories are supported")
    return Path(rest if separator else uri).resolve()


def feature_set(uri: str, as_of: datetime) -> FeatureSet:
    """The set of `as_of` in the store at `uri`, whether it exists or not."""
    return FeatureSet(store_directory(uri) / stamp(as_of))


def newest_set(uri: str) -> FeatureSet:
    """The set of the latest instant in the store at `uri`.

    Raises:
        FileNotFoundError: the store holds no set.
    """
    sets = sorted(store_directory(uri).glob(f"[0-9]*Z/{MANIFEST}"))
    if not sets:
        raise FileNotFoundError(f"the feature store {uri!r} holds no set: run the features pipeline first")
    return FeatureSet(sets[-1].parent)


def existing_set(uri: str, as_of: datetime) -> FeatureSet:
    """The set of `as_of` in the store at `uri`.

    Raises:
        FileNotFoundError: there is none.
    """
    found = feature_set(uri, as_of)
    if not (found.directory / MANIFEST).is_file():
        raise FileNotFoundError(
            f"the feature store {uri!r} holds no set as of {as_of.isoformat()}: "
            "run the features pipeline for that instant"
        )
    return found

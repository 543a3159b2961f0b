"""What a set of feature tables holds: one directory an instant, written once.

`<stamp of as_of>/` holds a Parquet file a feature view, `entities.parquet` (past and
coming requests with their labels), `references.json` (the codes that exist), `registry.pb` (the Feast
definitions) and `manifest.json` (the instant, and of each file its rows and its hash).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from feature_repo.instants import unstamp

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
        """The Feast registry; it names the tables where the feature store keeps them."""
        return self.directory / "registry.pb"

    def table(self, view: str) -> Path:
        """The table of a feature view."""
        return self.directory / f"{view}.parquet"

    def manifest(self) -> Manifest:
        """What the set holds."""
        return Manifest.model_validate_json((self.directory / MANIFEST).read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

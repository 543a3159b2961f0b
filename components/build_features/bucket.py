"""A feature store in a bucket.

An object store has no rename, so a set is complete once a small last file says so:

    <stamp of as_of>/<hash of the contents>/    the files of the set
    <stamp of as_of>/complete.json              the hash that counts, and that of each file

The last file is put only where there is none, so of two writers one wins and the other compares. What a
killed writer left behind is under a hash that no last file names: nobody reads it, and the next writer of
the instant takes it away.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from components.build_features.comparison import refuse_difference
from components.build_features.feature_set import FeatureSet, Manifest, sha256
from feature_repo.instants import stamp
from serving.object_store import Bucket, ObjectStoreError

COMPLETE = "complete.json"
STAMP = re.compile(r"[0-9][-T0-9]*Z")
FileName = Annotated[str, StringConstraints(pattern=r"^\w+\.\w+$")]


class Complete(BaseModel):
    """What the last file of a set says: the directory that counts, and the SHA-256 of each of its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contents: str
    files: dict[FileName, str]

    @classmethod
    def of(cls, source: FeatureSet) -> "Complete":
        """What is to be said of a set on this machine."""
        files = {path.name: sha256(path) for path in sorted(source.directory.iterdir())}
        listing = "".join(f"{digest}  {name}\n" for name, digest in files.items())
        return cls(contents=hashlib.sha256(listing.encode()).hexdigest()[:16], files=files)


@dataclass(frozen=True)
class BucketStore:
    """Its sets are brought to this machine, checked, for as long as they are read."""

    bucket: Bucket

    def location(self, as_of: datetime) -> str:
        """Where the set of an instant lies, whether it exists or not."""
        return f"{self.bucket.url}/{stamp(as_of)}"

    @contextmanager
    def reading(self, as_of: datetime | None) -> Iterator[FeatureSet]:
        """The set of an instant, or the newest one.

        Raises:
            FileNotFoundError: there is none.
            ObjectStoreError: the store cannot be had, or a file is not the one that was written.
        """
        name, complete = self._newest() if as_of is None else self._of(as_of)
        with TemporaryDirectory() as scratch:
            target = FeatureSet(Path(scratch) / name)
            for file, digest in complete.files.items():
                self.bucket.download(f"{name}/{complete.contents}/{file}", target.directory / file)
                if sha256(target.directory / file) != digest:
                    raise ObjectStoreError(f"{self.bucket.url}/{name}: {file} is not what was written")
            yield target

    def write(self, as_of: datetime, draw: Callable[[FeatureSet, str], Manifest]) -> Manifest:
        """Write the set of an instant; where it exists with the same contents it is left as it is.

        Raises:
            FeatureSetExistsError: it exists, with other contents.
            ObjectStoreError: the store cannot be had.
        """
        location = self.location(as_of)
        with TemporaryDirectory() as scratch:
            draft = FeatureSet(Path(scratch))
            manifest = draw(draft, location)
            if self._complete(stamp(as_of)) or not self._upload(draft, stamp(as_of)):
                with self.reading(as_of) as existing:
                    refuse_difference(location, existing, draft)
            self._tidy(stamp(as_of))
        return manifest

    def _upload(self, draft: FeatureSet, name: str) -> bool:
        """Put the files, and then the one that says so; whether this was the first to say so."""
        complete = Complete.of(draft)
        for file in complete.files:
            self.bucket.upload(draft.directory / file, f"{name}/{complete.contents}/{file}")
        return self.bucket.create(f"{name}/{COMPLETE}", complete.model_dump_json(indent=2).encode())

    def _tidy(self, name: str) -> None:
        """Take away what other writers of a complete set left behind."""
        complete = self._complete(name)
        if complete is None:
            raise ObjectStoreError(f"{self.bucket.url}/{name}/{COMPLETE} is gone")
        ours = (f"{name}/{complete.contents}/", f"{name}/{COMPLETE}")
        if leftovers := [file for file in self.bucket.names(name) if not file.startswith(ours)]:
            self.bucket.delete(leftovers)

    def _complete(self, name: str) -> Complete | None:
        content = self.bucket.read(f"{name}/{COMPLETE}")
        if content is None:
            return None
        try:
            return Complete.model_validate_json(content)
        except ValidationError as error:
            raise ObjectStoreError(f"{self.bucket.url}/{name}/{COMPLETE} is not what was written") from error

    def _newest(self) -> tuple[str, Complete]:
        for name in reversed(self.bucket.children()):
            if STAMP.fullmatch(name) and (complete := self._complete(name)):
                return name, complete
        raise FileNotFoundError(
            f"the feature store {self.bucket.url!r} holds no set: run the features pipeline first"
        )

    def _of(self, as_of: datetime) -> tuple[str, Complete]:
        complete = self._complete(stamp(as_of))
        if complete is None:
            raise FileNotFoundError(
                f"the feature store {self.bucket.url!r} holds no set as of {as_of.isoformat()}: "
                "run the features pipeline for that instant"
            )
        return stamp(as_of), complete

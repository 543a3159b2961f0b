"""A feature store in a directory of this machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from components.build_features.comparison import refuse_difference
from components.build_features.feature_set import MANIFEST, FeatureSet, Manifest
from feature_repo.instants import stamp
from serving.staging import locked, staged


@dataclass(frozen=True)
class DirectoryStore:
    """Its sets are directories, each moved to its place once it is complete."""

    directory: Path

    @classmethod
    def at(cls, uri: str) -> "DirectoryStore":
        """The store at a path or a `file://` URL."""
        return cls(Path(uri.removeprefix("file://")).resolve())

    def set_of(self, as_of: datetime) -> FeatureSet:
        """The set of an instant, whether it exists or not."""
        return FeatureSet(self.directory / stamp(as_of))

    def location(self, as_of: datetime) -> str:
        """Where the set of an instant lies, whether it exists or not."""
        return str(self.set_of(as_of).directory)

    @contextmanager
    def reading(self, as_of: datetime | None) -> Iterator[FeatureSet]:
        """The set of an instant, or the newest one; raises FileNotFoundError where there is none."""
        if as_of is None:
            sets = sorted(self.directory.glob(f"[0-9]*Z/{MANIFEST}"))
            if not sets:
                raise FileNotFoundError(
                    f"the feature store {str(self.directory)!r} holds no set: run the features pipeline first"
                )
            yield FeatureSet(sets[-1].parent)
            return
        found = self.set_of(as_of)
        if not (found.directory / MANIFEST).is_file():
            raise FileNotFoundError(
                f"the feature store {str(self.directory)!r} holds no set as of {as_of.isoformat()}: "
                "run the features pipeline for that instant"
            )
        yield found

    def write(self, as_of: datetime, draw: Callable[[FeatureSet, str], Manifest]) -> Manifest:
        """Write the set of an instant; where it exists with the same contents it is left as it is.

        Raises:
            FeatureSetExistsError: it exists, with other contents.
        """
        target, location = self.set_of(as_of), self.location(as_of)
        with locked(self.directory):
            if (target.directory / MANIFEST).is_file():
                with TemporaryDirectory() as scratch:
                    rebuilt = FeatureSet(Path(scratch))
                    manifest = draw(rebuilt, location)
                    refuse_difference(location, target, rebuilt)
                return manifest
            with staged(target.directory) as directory:
                return draw(FeatureSet(directory), location)

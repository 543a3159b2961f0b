"""The model directory: the one contract between training and serving.

Everything that a model needs at run time travels in one directory of fixed entries, named by the hash of
its content, so that a roll-back takes everything back. Training assembles it; the publisher, the init
container and every node check it against its hash before they trust a byte of it. The Feast registry in
it is code (it holds function sources), which is why nothing is loaded before the hash was compared.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from serving.signature import Signature
from serving.staging import staged

NETWORK = "model.onnx"
SIGNATURE = "signature.json"
REGISTRY = "registry.pb"
DETECTORS = "detectors"
METRICS = "metrics.json"
CARD = "model_card.md"
FILES = (NETWORK, SIGNATURE, REGISTRY, METRICS, CARD)
ENTRIES = (*FILES, DETECTORS)
DETECTOR_KINDS = ("outlier", "drift", "prediction")
# Arrays and settings. A pickle or a dill would run code on loading, whatever the hash says of its origin.
DETECTOR_SUFFIXES = (".npy", ".toml")


class InvalidModelDirectoryError(ValueError):
    """A directory is no model directory, is incomplete, or is not the one that its hash names."""


@dataclass(frozen=True)
class ModelDirectory:
    """A checked model directory: where its parts are, what it takes, and how it was judged."""

    path: Path
    content_hash: str
    signature: Signature
    metrics: Mapping[str, Any]

    @property
    def network(self) -> Path:
        """The ONNX file: float32 `[n, F]` in, `probability` `[n, 1]` out."""
        return self.path / NETWORK

    @property
    def registry(self) -> Path:
        """The Feast registry as it was at training."""
        return self.path / REGISTRY

    @property
    def card(self) -> Path:
        """The model card, in Markdown."""
        return self.path / CARD

    def detector(self, kind: str) -> Path:
        """The directory of one of `DETECTOR_KINDS`."""
        return self.path / DETECTORS / kind


def assemble(  # noqa: PLR0913 - one argument a source, by keyword
    target: Path, *, network: Path, contract: Path, detectors: Path, metrics: Mapping[str, Any], card: str
) -> str:
    """Write a complete, checked model directory at `target` and return its content hash.

    `network` is a directory with the ONNX file and the trained signature, `contract` one with the
    registry, `detectors` one with a directory for each of `DETECTOR_KINDS`. `target` is replaced only once
    the new directory is complete. Raises InvalidModelDirectoryError where a part is missing or of another
    kind, ValueError where a metric is NaN or infinite (which JSON cannot say).
    """
    with staged(target) as directory:
        for source in (network / NETWORK, network / SIGNATURE, contract / REGISTRY):
            if not source.is_file():
                raise InvalidModelDirectoryError(f"{source} is missing")
            shutil.copyfile(source, directory / source.name)
        for kind in DETECTOR_KINDS:
            if not (detectors / kind).is_dir():
                raise InvalidModelDirectoryError(f"{detectors / kind} is missing")
            shutil.copytree(detectors / kind, directory / DETECTORS / kind, symlinks=True)
        document = json.dumps(metrics, indent=2, sort_keys=True, allow_nan=False)
        (directory / METRICS).write_text(document + "\n", encoding="utf-8")
        (directory / CARD).write_text(card, encoding="utf-8")
        return check(directory)


def content_hash(directory: Path) -> str:
    """The SHA-256 over the paths and bytes of all files, as 64 hexadecimal digits.

    The same as `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum` inside the directory. It
    names a directory and fits an annotation of Kubernetes (it has no `=`); a label takes 63 characters.
    """
    files = {path.relative_to(directory).as_posix(): path for path in _files(directory)}
    total = hashlib.sha256()
    for name in sorted(files, key=str.encode):
        with files[name].open("rb") as stream:
            total.update(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {name}\n".encode())
    return total.hexdigest()


def check(directory: Path, expected_hash: str | None = None) -> str:
    """Refuse what is not a complete model directory, or not the one that `expected_hash` names.

    Returns the content hash, which is compared before any file is parsed. Raises
    InvalidModelDirectoryError, which names what is at fault.
    """
    if not directory.is_dir():
        raise InvalidModelDirectoryError(f"{directory} is no directory")
    _check_names(directory, ENTRIES)
    _check_names(directory / DETECTORS, DETECTOR_KINDS)
    _check_kinds(directory)
    actual = content_hash(directory)
    if expected_hash is not None and actual != expected_hash:
        raise InvalidModelDirectoryError(
            f"{directory} has the content hash {actual}, not the expected {expected_hash}"
        )
    _check_documents(directory)
    return actual


def read(directory: Path, expected_hash: str | None = None) -> ModelDirectory:
    """Check a model directory and read what describes it; raises InvalidModelDirectoryError."""
    return ModelDirectory(
        path=directory,
        content_hash=check(directory, expected_hash),
        signature=Signature.read(directory / SIGNATURE),
        metrics=json.loads((directory / METRICS).read_text(encoding="utf-8")),
    )


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _check_names(directory: Path, expected: tuple[str, ...]) -> None:
    found = {path.name for path in directory.iterdir()} if directory.is_dir() else set()
    if missing := sorted(set(expected) - found):
        raise InvalidModelDirectoryError(f"{directory} lacks {', '.join(missing)}")
    if unknown := sorted(found - set(expected)):
        raise InvalidModelDirectoryError(f"{directory} has unknown entries: {', '.join(unknown)}")


def _check_kinds(directory: Path) -> None:
    for path in directory.rglob("*"):
        # A link could point at another file after the hash was taken.
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise InvalidModelDirectoryError(f"{path} is neither a plain file nor a directory")
    for name in FILES:
        if not (directory / name).is_file() or (directory / name).stat().st_size == 0:
            raise InvalidModelDirectoryError(f"{directory / name} is empty or no file")
    for kind in DETECTOR_KINDS:
        files = _files(directory / DETECTORS / kind)
        if not files:
            raise InvalidModelDirectoryError(f"{directory / DETECTORS / kind} has no files")
        for path in files:
            if path.suffix not in DETECTOR_SUFFIXES:
                allowed = ", ".join(DETECTOR_SUFFIXES)
                raise InvalidModelDirectoryError(f"{path} is of another kind than {allowed}")


def _check_documents(directory: Path) -> None:
    try:
        signature = Signature.read(directory / SIGNATURE)
        metrics = json.loads((directory / METRICS).read_text(encoding="utf-8"))
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidModelDirectoryError(f"{directory} cannot be read: {error}") from error
    if signature.training_range is None:
        raise InvalidModelDirectoryError(f"{directory / SIGNATURE} is not that of a trained model")
    if not isinstance(metrics, dict):
        raise InvalidModelDirectoryError(f"{directory / METRICS} is no JSON object")

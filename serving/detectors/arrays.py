"""A detector's directory: one TOML file of settings and the arrays beside it, and nothing else.

Neither can run code when it is read: arrays are loaded without pickle, and a directory with a file that
the detector does not know is refused whole.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tomlkit
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from serving.detectors.windows import WindowShape

SETTINGS = "detector.toml"
ARRAY_SUFFIX = ".npy"


class InvalidDetectorError(ValueError):
    """A directory does not hold the detector that is asked for; the message names the file at fault."""


class DetectorSettings(BaseModel):
    """What `detector.toml` says of every detector; each detector adds its own, and refuses other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    kind: str
    version: int


class WindowSettings(DetectorSettings):
    """The shape of the windows that a detector judges, and how its one limit was calibrated.

    `factor` is the limit in units (`calibration.py`); `false_alarm_share` was measured on `windows`
    training windows, each judged by limits fitted without its month.
    """

    hours: int
    minimum_rows: int
    timezone: str
    factor: float
    windows: int
    false_alarm_share: float

    @property
    def shape(self) -> WindowShape:
        """The shape of the windows that the limit holds for."""
        return WindowShape(self.hours, self.minimum_rows, self.timezone)


def write(directory: Path, settings: DetectorSettings, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write the settings and each array, as `<name>.npy`, into a new or empty directory.

    Raises FileExistsError where something lies there already: two detectors never share a directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty")
    document = tomlkit.dumps(settings.model_dump(mode="json"))
    (directory / SETTINGS).write_text(document, encoding="utf-8")
    for name, array in arrays.items():
        np.save(directory / (name + ARRAY_SUFFIX), array, allow_pickle=False)


def read_settings[S: DetectorSettings](directory: Path, expected: type[S], kind: str, version: int) -> S:
    """The settings of a detector of one kind and version; raises InvalidDetectorError otherwise."""
    path = directory / SETTINGS
    try:
        # As JSON, since strict validation takes a list for a tuple there alone.
        document = json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str)
        settings = expected.model_validate_json(document)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise InvalidDetectorError(f"{path} cannot be read: {error}") from error
    if (settings.kind, settings.version) != (kind, version):
        found = f"{settings.kind} {settings.version}"
        raise InvalidDetectorError(f"{path} is of a detector of the kind {found}, not {kind} {version}")
    return settings


def read_arrays(directory: Path, expected: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float64]]:
    """The arrays of a detector, by name, as float64.

    `expected` gives the shape of each; -1 stands for any length. Raises InvalidDetectorError where an
    array is missing or no plain array of numbers of that shape, or where another file lies beside them.
    """
    known = {SETTINGS} | {name + ARRAY_SUFFIX for name in expected}
    for path in sorted(directory.iterdir()):
        if path.name not in known or path.is_symlink() or not path.is_file():
            raise InvalidDetectorError(f"{path} is no file of this detector")
    return {name: _read_array(directory / (name + ARRAY_SUFFIX), shape) for name, shape in expected.items()}


def _read_array(path: Path, shape: tuple[int, ...]) -> NDArray[np.float64]:
    try:
        array = np.load(path, allow_pickle=False)
    # An empty file is an EOFError, a pickle or a torn one a ValueError.
    except (OSError, EOFError, ValueError) as error:
        raise InvalidDetectorError(f"{path} cannot be read: {error}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise InvalidDetectorError(f"{path} is no array of numbers")
    fits = array.ndim == len(shape) and all(
        wanted in (-1, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise InvalidDetectorError(f"{path} has the shape {array.shape}, not {shape}")
    return array.astype(np.float64)

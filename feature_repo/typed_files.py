"""The typed tables as files: one Parquet file a table, and what was set to missing on the way."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from feature_repo.tables import TYPED

SET_TO_MISSING = "set_to_missing.json"


def write_typed(
    directory: Path, tables: Mapping[str, pd.DataFrame], set_to_missing: Mapping[str, int]
) -> None:
    """Write the typed tables into `directory`."""
    for name in TYPED:
        tables[name].to_parquet(directory / f"{name}.parquet", index=False)
    (directory / SET_TO_MISSING).write_text(
        json.dumps(dict(set_to_missing), indent=2) + "\n", encoding="utf-8"
    )


def read_typed(directory: Path) -> dict[str, pd.DataFrame]:
    """The typed tables under `directory`."""
    return {name: pd.read_parquet(directory / f"{name}.parquet") for name in TYPED}


def read_set_to_missing(directory: Path) -> dict[str, int]:
    """How many cells of which column (`table.column`) were set to missing."""
    counts: dict[str, int] = json.loads((directory / SET_TO_MISSING).read_text(encoding="utf-8"))
    return counts

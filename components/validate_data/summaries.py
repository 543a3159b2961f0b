"""What a table holds, column by column."""

from typing import Any

import pandas as pd


def summarize(table: pd.DataFrame) -> pd.DataFrame:
    """One row a column: its type, nulls and distinct values; its range, and its mean where it has one."""
    return pd.DataFrame([_column(table[name]) for name in table.columns])


def _column(column: pd.Series) -> dict[str, Any]:
    known = column.dropna()
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return {
        "column": column.name,
        "type": str(column.dtype),
        "null": int(column.isna().sum()),
        "null share": f"{column.isna().mean():.2%}" if len(column) else "",
        "distinct": int(known.nunique()),
        "lowest": "" if known.empty else str(known.min()),
        "highest": "" if known.empty else str(known.max()),
        "mean": f"{float(known.mean()):.4g}" if numeric and not known.empty else "",
    }

"""Guards that refuse features which know more than they may.

Each looks at data, not at names: at the instants of rows, at what a table becomes when it is rebuilt
from what was known earlier, at how much a column tells of the label.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.history import EVENT_TIMESTAMP

TELLING_AUC = 0.80
"""No honest feature comes near (the best tells .71); a flight's own departure delay alone tells .88."""


class LeakError(ValueError):
    """A feature uses what is not known at the instant of the prediction."""


def refuse_rows_after(name: str, table: pa.Table, as_of: datetime) -> None:
    """Refuse a table that has rows known only after `as_of`."""
    ahead = pc.sum(pc.greater(table[EVENT_TIMESTAMP], _instant(as_of))).as_py() or 0
    if ahead:
        latest = pc.max(table[EVENT_TIMESTAMP]).as_py()
        raise LeakError(f"{name}: {ahead} rows lie after {as_of.isoformat()}, up to {latest.isoformat()}")


def refuse_rows_known_too_early(
    name: str, keys: Sequence[str], table: pa.Table, rebuilt: pa.Table, instant: datetime
) -> None:
    """Refuse a table with rows up to `instant` that could not have been built then.

    Args:
        name: what the table is called.
        keys: its join keys.
        table: as built later.
        rebuilt: as built from what was known at `instant`.
        instant: the instant of the rebuild.
    """
    cut = _indexed(up_to(table, instant), keys)
    early = cut.index.difference(_indexed(rebuilt, keys).index)
    if len(early):
        raise LeakError(
            f"{name}: {len(early)} rows claim to be known by {instant.isoformat()} but were not, "
            f"for example {early[0]}"
        )


def refuse_rows_lost(
    name: str, keys: Sequence[str], table: pa.Table, rebuilt: pa.Table, instant: datetime
) -> None:
    """Refuse a table without rows that it had at `instant`: what came later chose them; same arguments."""
    then = _indexed(rebuilt, keys)
    lost = then.index.difference(_indexed(up_to(table, instant), keys).index)
    if len(lost):
        raise LeakError(
            f"{name}: {len(lost)} rows known by {instant.isoformat()} are gone, for example {lost[0]}"
        )


def refuse_values_from_later(
    name: str, keys: Sequence[str], table: pa.Table, rebuilt: pa.Table, instant: datetime
) -> None:
    """Refuse a table with values up to `instant` that differ from those built then; same arguments."""
    cut, then = _indexed(up_to(table, instant), keys), _indexed(rebuilt, keys)
    shared = cut.index.intersection(then.index)
    changed = ~_same(cut.loc[shared], then.loc[shared])
    if changed.to_numpy().any():
        column = changed.any().idxmax()
        raise LeakError(
            f"{name}: {int(changed[column].sum())} values of {column} up to {instant.isoformat()} use what "
            f"became known later, for example at {shared[changed[column]][0]}"
        )


def refuse_own_outcome(name: str, served: pd.DataFrame, served_without: pd.DataFrame) -> None:
    """Refuse features of a row that change when that row's own outcome is taken out of the data.

    Args:
        name: what the features are called.
        served: [n, features] as served to n rows.
        served_without: the same rows' features, each rebuilt without that row's own outcome.
    """
    changed = ~_same(served, served_without)
    if changed.to_numpy().any():
        column = changed.any().idxmax()
        raise LeakError(
            f"{name}: {column} depends on the row's own outcome in {int(changed[column].sum())} "
            f"of {len(served)} rows"
        )


def refuse_telling_features(frame: pd.DataFrame, features: Sequence[str], label: str) -> None:
    """Refuse a frame in which one feature alone ranks the labels better than any honest one can."""
    for feature in features:
        telling = _ranking_auc(frame[feature], frame[label])
        if telling > TELLING_AUC:
            raise LeakError(
                f"{feature} alone tells the label with an AUC of {telling:.3f}, above {TELLING_AUC}: "
                "it is made of what it is to predict"
            )


def refuse_overlapping_splits(frames: Mapping[str, pd.DataFrame], time: str) -> None:
    """Refuse splits, given in the order of time, of which one starts before the one before it ends."""
    names = list(frames)
    for earlier, later in pairwise(names):
        end, start = frames[earlier][time].max(), frames[later][time].min()
        if not end < start:
            raise LeakError(
                f"the {later} rows start at {start.isoformat()}, "
                f"before the {earlier} rows end at {end.isoformat()}"
            )


def up_to(table: pa.Table, instant: datetime) -> pa.Table:
    """The rows of `table` that are known at `instant`, in their order."""
    return table.filter(pc.less_equal(table[EVENT_TIMESTAMP], _instant(instant)))


def _instant(instant: datetime) -> pa.Scalar:
    return pa.scalar(instant, pa.timestamp("us", tz="UTC"))


def _indexed(table: pa.Table, keys: Sequence[str]) -> pd.DataFrame:
    return table.to_pandas().set_index([*keys, EVENT_TIMESTAMP])


def _same(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return (first == second) | (first.isna() & second.isna())


def _ranking_auc(feature: pd.Series, label: pd.Series) -> float:
    """The area under the ROC curve of the feature as a score, in the better direction (Mann-Whitney)."""
    known = feature.notna()
    ranks = feature[known].rank().to_numpy()
    positive = label[known].to_numpy() == 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return 0.5
    area = (ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    return float(np.maximum(area, 1 - area))

"""When a value from the online store counts: known by the instant of the prediction, and not too old.

Feast enforces neither when it reads online, and both when it joins offline; this rule makes them agree.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feature_repo.schema import Feature

TIMESTAMP_SUFFIX = "__ts"
ABSENT = 0


def fresh_values(
    answer: Mapping[str, Sequence[Any]], features: Sequence[Feature], as_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The values of an online read that count at the instants of the predictions.

    A value counts if and only if `event_timestamp <= as_of <= event_timestamp + ttl`.

    Args:
        answer: what `get_online_features(full_feature_names=True).to_dict(include_event_timestamps=True)`
            gives: lists of n values by feature and, under the name with `__ts`, of event timestamps in
            whole seconds since 1970 (0 where there is no value).
        features: the stored features to read, k of them.
        as_of: [n] the instants, in seconds since 1970.

    Returns:
        [n, k]; NaN where a value is absent or does not count.
    """
    columns = [_fresh_column(answer, feature, as_of) for feature in features]
    return np.stack(columns, axis=1) if columns else np.empty((len(as_of), 0))


def _fresh_column(
    answer: Mapping[str, Sequence[Any]], feature: Feature, as_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    values = np.array(
        [np.nan if value is None else value for value in answer[feature.name]], dtype=np.float64
    )
    known = np.asarray(answer[feature.name + TIMESTAMP_SUFFIX], dtype=np.int64)
    counts = (known != ABSENT) & (known <= as_of)
    if feature.ttl_seconds is not None:
        counts &= as_of <= known + feature.ttl_seconds
    return np.where(counts, values, np.nan)

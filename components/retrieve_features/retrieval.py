"""Point-in-time retrieval: what every feature was worth at the instant of each prediction."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from feast import FeatureStore

from feature_repo.history import EVENT_TIMESTAMP, ROW_ID
from feature_repo.request import FIELDS, LABEL, derive
from feature_repo.services import FEATURE_SERVICE, FEATURES

REQUEST_COLUMNS = [field.name for field in FIELDS]
NULL_KEYS = {field.name: field.null_key for field in FIELDS if field.null_key is not None}
STORED = [feature.name for feature in FEATURES if feature.view is not None]


def retrieve(
    store: FeatureStore, requests: pd.DataFrame, references: dict[str, list[str]], months: pd.Series
) -> pd.DataFrame:
    """One row a request, in the order of `requests`: request, instant, features, label.

    Month after month, which keeps Feast's join within 1.3 GB for a year; a request's values do not
    depend on what it is retrieved with.

    Args:
        store: where features come from.
        requests: [n, row id + request fields + event_timestamp + label], in the order of time.
        references: the codes of each reference list.
        months: [n] the month of each request.

    Returns:
        [n, request fields + event_timestamp + features as float32 (NaN where missing) + label int8].
    """
    frames = [_month(store, part, references) for part in _parts(requests, months)]
    return pd.concat(frames, ignore_index=True)


def _parts(requests: pd.DataFrame, months: pd.Series) -> Iterable[pd.DataFrame]:
    for _, part in requests.groupby(months.to_numpy(), sort=True):
        yield part.reset_index(drop=True)


def _month(store: FeatureStore, requests: pd.DataFrame, references: dict[str, list[str]]) -> pd.DataFrame:
    stored = _stored(store, requests)
    derived = derive(requests, references)
    columns = {
        feature.name: (derived[feature.name] if feature.view is None else stored[feature.name])
        for feature in FEATURES
    }
    features = pd.DataFrame(columns).astype(np.float32)
    label = requests[[LABEL]].astype(np.int8)
    return pd.concat([requests[[*REQUEST_COLUMNS, EVENT_TIMESTAMP]], features, label], axis="columns")


def _stored(store: FeatureStore, requests: pd.DataFrame) -> pd.DataFrame:
    """The features of the views, in the order of `requests`, whatever order Feast answers in."""
    keys = sorted(
        {column for view in store.list_feature_views() for column in view.join_keys},
    )
    rows = requests[[ROW_ID, EVENT_TIMESTAMP, *keys]].fillna(NULL_KEYS)
    # Feast takes plain strings for join keys.
    rows[keys] = rows[keys].astype(object)
    job = store.get_historical_features(
        entity_df=rows, features=store.get_feature_service(FEATURE_SERVICE), full_feature_names=True
    )
    found = job.to_df().set_index(ROW_ID)
    if len(found) != len(requests) or not found.index.is_unique:
        raise RuntimeError(f"Feast answered {len(found)} rows to {len(requests)} requests")
    return found.loc[requests[ROW_ID], STORED].reset_index(drop=True)

"""The head of the graph: a client's rows in, the model's numeric input out.

What the request alone gives is derived from it, the rest is read from the online store as of the instant
of the prediction, which no client can choose.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from seldon_core.user_model import SeldonResponse

from feature_repo.request import derive
from serving.artifact import read
from serving.freshness import fresh_values
from serving.node.settings import NodeSettings
from serving.online import OnlineFeatures
from serving.online_location import OnlineStoreError
from serving.refusal import UNAVAILABLE, RefusedRequestError
from serving.requests import ROWS, RequestReader

SECONDS_A_MINUTE = 60
ROW_ID_BYTES = 8

logger = logging.getLogger(__name__)

Instants = NDArray[np.int64]


def now() -> datetime:
    """The instant that it is."""
    return datetime.now(UTC)


class Features:
    """A Seldon component of the type TRANSFORMER.

    Its tags: `model_version`, the content hash of the model directory, and, with one value a row,

    - `row_id`: unique among all rows of all predictions; it ends with the row's position in its request;
    - `missing_features`: how many of the model's inputs are missing;
    - `predicted_at`: as of which instant the row is predicted.
    """

    # It waits for the online store.
    blocking = True

    def __init__(self, settings: NodeSettings | None = None, clock: Callable[[], datetime] = now) -> None:
        self._settings = settings
        self._clock = clock

    def load(self) -> None:
        """Check the model directory, open the online store and answer one request of our own.

        Raises InvalidModelDirectoryError or OnlineStoreError where either is not there, ValueError where
        the settings name no store, or where the model's features cannot be had from requests.
        """
        settings = self._settings or NodeSettings()
        if settings.online_store is None:
            raise ValueError("ONTIME_NODE_ONLINE_STORE must name the online store")
        model = read(settings.model_directory, settings.model_hash)
        self._signature = model.signature
        self._version = model.content_hash
        self._reader = RequestReader(model.signature, settings.maximum_rows)
        self._online = OnlineFeatures.open(
            model.registry, model.signature.feature_service, settings.online_store
        )
        fields = {field.name: field for field in model.signature.request_fields}
        if unknown := [key for key in self._online.keys if key not in fields]:
            raise ValueError(f"no request field gives the join key {unknown[0]!r}")
        self._null_keys = {key: fields[key].null_key for key in self._online.keys}
        self._stored = [feature for feature in model.signature.features if feature.view is not None]
        self._features(*self._request({ROWS: [self._reader.example()]}, []))

    def transform_input(self, payload: Any, names: Iterable[str]) -> SeldonResponse:
        """The model's input [n, F] of a client's rows, NaN where missing, with the tags.

        Raises RefusedRequestError where a row is at fault, or while the online store cannot be read.
        """
        requests, as_of = self._request(payload, names)
        with _reading_the_store():
            features = self._features(requests, as_of)
        return SeldonResponse(features.astype(np.float64), tags=self._tags(features, as_of))

    def class_names(self) -> list[str]:
        """The model's input columns."""
        return self._signature.feature_names

    def health_status(self) -> str:
        """Read the online store; while that is not possible, log why and raise RefusedRequestError."""
        try:
            with _reading_the_store():
                self._online.check()
                self._features(*self._request({ROWS: [self._reader.example()]}, []))
        except RefusedRequestError as refusal:
            # The answer does not say it, and a probe would not show the answer.
            logger.warning("not ready: %s", refusal.__cause__ or refusal)
            raise
        return "healthy"

    def _request(self, payload: Any, names: Iterable[str]) -> tuple[pd.DataFrame, Instants]:
        """The rows of a request and the instants as of which they are predicted, in seconds since 1970."""
        requests = self._reader.read(payload, names)
        wanted = requests[self._signature.time_field].to_numpy("datetime64[s]").astype(np.int64)
        lead = self._signature.lead_minutes * SECONDS_A_MINUTE
        return requests, np.minimum(wanted - lead, int(self._clock().timestamp()))

    def _features(self, requests: pd.DataFrame, as_of: Instants) -> NDArray[np.float32]:
        derived = derive(requests, self._signature.references)
        answer = self._online.read({key: self._key(requests, key) for key in self._online.keys})
        stored = fresh_values(answer, self._stored, as_of)
        columns = {feature.name: stored[:, position] for position, feature in enumerate(self._stored)}
        columns |= dict(zip(derived.columns, derived.to_numpy().T, strict=True))
        return np.stack([columns[name] for name in self._signature.feature_names], axis=1).astype(np.float32)

    def _key(self, requests: pd.DataFrame, key: str) -> list[Any]:
        return [self._null_keys[key] if value is None else value for value in requests[key].tolist()]

    def _tags(self, features: NDArray[np.float32], as_of: Instants) -> dict[str, Any]:
        prediction = secrets.token_hex(ROW_ID_BYTES)
        return {
            "model_version": self._version,
            "row_id": [f"{prediction}-{position}" for position in range(len(features))],
            "missing_features": np.isnan(features).sum(axis=1).tolist(),
            "predicted_at": [f"{instant}Z" for instant in as_of.astype("datetime64[s]").astype(str)],
        }


@contextmanager
def _reading_the_store() -> Iterator[None]:
    """Refuse what is asked while the online store cannot be read."""
    try:
        yield
    except OnlineStoreError as error:
        raise RefusedRequestError("the online store cannot be read now", UNAVAILABLE) from error

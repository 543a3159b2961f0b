"""A small model that is watched, and the events that its executor logs."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from seldon_core.proto import prediction_pb2

from feature_repo.schema import Family, Feature, Kind, RequestField
from serving.artifact import ModelDirectory, assemble, read
from serving.detectors.drift import DriftDetector
from serving.detectors.outlier import OutlierDetector
from serving.detectors.prediction import PredictionDetector
from serving.detectors.windows import WindowShape
from serving.monitor.events import Expected
from serving.signature import Signature

ROWS_A_DAY = 40
DEPLOYMENT, NAMESPACE, NODE = "parcels", "ontime", "model"
WATCHED_SIGNATURE = Signature(
    feature_service="parcel_delay_v1",
    features=(
        Feature(name="depot_code", kind=Kind.CATEGORY, family=Family.STABLE, reference="depots"),
        Feature(name="hour", kind=Kind.CYCLIC, family=Family.STABLE, period=24),
        Feature(name="weight", kind=Kind.NUMBER, family=Family.STABLE),
    ),
    derived=(),
    request_fields=(RequestField(name="collected_at", type="instant"),),
    time_field="collected_at",
    references={"depots": ("a", "b", "c")},
    lead_minutes=60,
    label="late",
    label_description="delivered after the promised day",
    timezone="America/New_York",
).trained({}, datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 4, 30, tzinfo=UTC))
SHAPE = WindowShape(hours=24, minimum_rows=ROWS_A_DAY // 2, timezone="America/New_York")
EXPECTED = Expected(DEPLOYMENT, NAMESPACE, NODE, "a" * 64, WATCHED_SIGNATURE, SHAPE)
# One instant for every event: a test that stores one with a clock of its own may run long after that.
SENT_AT = datetime.now(UTC)
FIRST_DAY = datetime(2013, 5, 1, 12, tzinfo=UTC)


def rows_of(count: int, seed: int, *, shifted: bool = False) -> NDArray[np.float32]:
    """Rows of a day; with `shifted`, of a day whose parcels are ten times as heavy."""
    generator = np.random.default_rng(seed)
    return np.column_stack(
        [
            generator.integers(0, 3, count),
            generator.uniform(5, 23, count),
            generator.normal(1000 if shifted else 100, 20, count),
        ]
    ).astype(np.float32)


def write_watched_model(directory: Path) -> ModelDirectory:
    """A model directory with detectors that were fitted to four months of days."""
    days = pd.date_range("2013-01-01", "2013-04-30", tz="America/New_York")
    rows = rows_of(len(days) * ROWS_A_DAY, seed=1)
    hours = np.tile(np.linspace(5, 22, ROWS_A_DAY), len(days))
    times = (days.repeat(ROWS_A_DAY) + pd.to_timedelta(hours, unit="h")).tz_convert("UTC")
    parts = {name: directory / name for name in ("network", "contract", "detectors")}
    for part in parts.values():
        part.mkdir(parents=True)
    (parts["network"] / "model.onnx").write_bytes(b"onnx bytes")
    WATCHED_SIGNATURE.write(parts["network"] / "signature.json")
    (parts["contract"] / "registry.pb").write_bytes(b"feast registry")
    OutlierDetector.fit(rows, WATCHED_SIGNATURE).save(parts["detectors"] / "outlier")
    outliers = np.zeros(len(rows), dtype=bool)
    DriftDetector.fit(rows, times, outliers, WATCHED_SIGNATURE, seed=3).save(parts["detectors"] / "drift")
    probabilities = np.random.default_rng(4).uniform(0, 1, len(rows)).astype(np.float32)
    PredictionDetector.fit(probabilities, times, "America/New_York", seed=5).save(
        parts["detectors"] / "prediction"
    )
    assemble(directory / "model", **parts, metrics={"test": {"auc": 0.7}}, card="# A watched model\n")
    return read(directory / "model")


@dataclass(frozen=True)
class Event:
    """A logged event as it goes over the wire."""

    headers: dict[str, str]
    body: bytes

    def but(self, body: bytes | None = None, **headers: str | None) -> "Event":
        """The same event with another body or with other `ce_…` headers; None takes one away."""
        changed: dict[str, str | None] = {
            **self.headers,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        kept = {name: value for name, value in changed.items() if value is not None}
        return Event(kept, self.body if body is None else body)


@dataclass(frozen=True)
class Prediction:
    """A request with its answer; `predicted_at` is that of all of its rows."""

    rows: NDArray[np.float32]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    predicted_at: datetime | None = FIRST_DAY
    probability: float = 0.25

    @property
    def request_document(self) -> dict[str, Any]:
        """The request as JSON has it: null where a value is missing."""
        count = len(self.rows)
        tags: dict[str, Any] = {
            "row_id": [f"{self.request_id}-{position}" for position in range(count)],
            "outlier": [False] * count,
            "outlier_score": [0.5] * count,
            "missing_features": [0] * count,
        }
        if self.predicted_at is not None:
            tags["predicted_at"] = [self.predicted_at.isoformat()] * count
        cells = [[None if np.isnan(cell) else float(cell) for cell in row] for row in self.rows]
        names = WATCHED_SIGNATURE.feature_names
        return {"data": {"names": names, "ndarray": cells}, "meta": {"tags": tags}}

    def request(self) -> Event:
        """The request's event, in JSON."""
        return json_event("inference.request", self.request_id, self.request_document)

    def response(self) -> Event:
        """The response's event, in JSON."""
        cells = [[self.probability]] * len(self.rows)
        document = {"data": {"names": ["probability"], "ndarray": cells}}
        return json_event("inference.response", self.request_id, document)

    def feedback(self, *actuals: int | None, feedback_id: str | None = None) -> Event:
        """The event of feedback on this prediction, in JSON."""
        document = {
            "response": {"meta": {"puid": self.request_id}},
            "truth": {"data": {"ndarray": [[actual] for actual in actuals]}},
        }
        return json_event("feedback", feedback_id or str(uuid.uuid4()), document)

    def events(self) -> list[Event]:
        """The request's and the response's."""
        return [self.request(), self.response()]


def json_event(kind: str, request_id: str, document: object) -> Event:
    """An event with a JSON body."""
    return Event(event_headers(kind, request_id), msgspec.json.encode(document))


def protobuf_event(kind: str, request_id: str, message: Any) -> Event:
    """An event with a protobuf body."""
    headers = event_headers(kind, request_id, "application/protobuf")
    return Event(headers, message.SerializeToString())


def tensor_message(rows: NDArray[np.float32], names: Sequence[str]) -> prediction_pb2.SeldonMessage:
    """Rows as a message of gRPC has them."""
    tensor = prediction_pb2.Tensor(shape=rows.shape, values=rows.astype(float).ravel())
    return prediction_pb2.SeldonMessage(data=prediction_pb2.DefaultData(names=names, tensor=tensor))


def event_headers(kind: str, request_id: str, content_type: str = "application/json") -> dict[str, str]:
    """The headers that the executor's logger sends."""
    return {
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-source": "http://:8000/",
        "ce-type": f"io.seldon.serving.{kind}",
        "ce-time": SENT_AT.isoformat(timespec="microseconds").replace("+00:00", "123Z"),
        "ce-requestid": request_id,
        "ce-modelid": NODE,
        "ce-inferenceservicename": DEPLOYMENT,
        "ce-namespace": NAMESPACE,
        "ce-endpoint": "default",
        "content-type": content_type,
    }


def day(number: int, *, shifted: bool = False, rows: int = ROWS_A_DAY) -> list[Prediction]:
    """Single-row predictions of the day `number` days after the first."""
    instant = FIRST_DAY + timedelta(days=number)
    table = rows_of(rows, seed=100 + number, shifted=shifted)
    spread = np.random.default_rng(number).uniform(0, 1, rows)
    return [
        Prediction(
            table[[row]], predicted_at=instant + timedelta(minutes=row), probability=float(spread[row])
        )
        for row in range(rows)
    ]

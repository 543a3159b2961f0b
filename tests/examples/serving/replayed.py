"""Requests of a replay, and deployments that answer them as the example wants it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.client.seldon import Answer
from serving.replay.requests import ReplayedRequest

DAY = datetime(2013, 10, 1, 4, tzinfo=UTC)
"""A midnight in New York."""
LEAD = timedelta(hours=1)


def request(
    hours: float, actual: int | None = None, known_after: float = 3, missing: int = 1
) -> ReplayedRequest:
    """A request that is predicted so many hours after midnight."""
    predicted_at = DAY + timedelta(hours=hours)
    return ReplayedRequest(
        fields={"weight": 2.5, "collected_at": (predicted_at + LEAD).isoformat()},
        predicted_at=predicted_at,
        actual=actual,
        known_at=None if actual is None else predicted_at + timedelta(hours=known_after),
        missing=missing,
    )


def answer(probability: float = 0.2, *, outlier: bool = False, missing: int = 1, ms: float = 5.0) -> Answer:
    return Answer(probability, outlier, 60.0 if outlier else 10.0, missing, "a" * 64, ms)


@dataclass
class Recorded:
    """A way to a deployment that notes what is sent, in the order of a log that it may share."""

    name: str
    log: list[tuple[str, Any]] = field(default_factory=list)
    puids: list[str] = field(default_factory=list)
    given: Answer = field(default_factory=answer)

    def predict(self, fields: dict[str, Any], puid: str) -> Answer:
        self.puids.append(puid)
        self.log.append((f"{self.name} predict", fields["collected_at"]))
        return self.given

    def tell(self, puid: str, actual: int) -> None:
        self.puids.append(puid)
        self.log.append((f"{self.name} tell", actual))

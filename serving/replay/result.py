"""What came of a replay, as it is written for whoever shows it."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Figures(BaseModel):
    """Frozen figures that refuse keys they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VerdictFigures(Figures):
    """What a detector said of a window; `above` are the names of statistics."""

    verdict: str
    above: tuple[str, ...]


class WindowFigures(Figures):
    """A window of requests: what was answered, and what the monitor said of its inputs and probabilities.

    `breached` names what the monitor reported a breach of once it had judged the window.
    """

    start: AwareDatetime
    shifted_hours: float
    requests: int
    mean_probability: float
    outliers: int
    drift: VerdictFigures
    prediction: VerdictFigures
    breached: tuple[str, ...]


class TransportFigures(Figures):
    """How long a client waited for a prediction of one row, in milliseconds."""

    transport: str
    predictions: int
    p50: float
    p99: float


class MissingFigures(Figures):
    """The shares of feature values that were missing, when served and in the point-in-time join."""

    rows: int
    served: float
    joined: float

    @property
    def beyond(self) -> float:
        """How much more was missing when served."""
        return self.served - self.joined


class PerformanceFigures(Figures):
    """What the monitor measured of the predictions whose outcome it was told; `auc` may not exist."""

    actuals_sent: int
    rows: int
    base_rate: float | None
    auc: float | None
    brier_score: float | None


class PlantedFigures(Figures):
    """What was said of the planted row, and of the row that it was made of."""

    outlier: bool
    outlier_score: float
    score_before: float


class ReplayResult(Figures):
    """All of it; `unmet` says what should have happened and did not."""

    model_version: str
    seconds: float
    windows: tuple[WindowFigures, ...]
    transports: tuple[TransportFigures, ...]
    missing: MissingFigures
    performance: PerformanceFigures
    planted: PlantedFigures
    unmet: tuple[str, ...]

"""What Prometheus reads: counters of this process, and gauges of what the store says.

No label takes a value from an event: cardinality is bounded by the code, by the model's statistics and by
how many model versions are shown.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serving.monitor.refusal import Reason

PREFIX = "ontime_monitor_"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
KINDS = ("request", "response", "feedback")
OUTCOMES = ("stored", "duplicate", "spooled", "unavailable")
MEASURES = ("auc", "average_precision", "brier_score", "calibration_error", "base_rate", "mean_probability")


class Counters:
    """What this process has counted since it started."""

    def __init__(self) -> None:
        """All at 0, each label there from the start."""
        self.registry = CollectorRegistry()
        self._events = Counter(
            PREFIX + "events",
            "Events that could be read, by what became of them.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._refused = Counter(
            PREFIX + "refused_events", "Events at fault, by reason.", ["reason"], registry=self.registry
        )
        self._acknowledgement = Histogram(
            PREFIX + "acknowledgement_seconds",
            "From the last byte of an event to its acknowledgement.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._unjudged = Counter(
            PREFIX + "unjudged_windows",
            "Windows whose model version was gone before they could be judged.",
            registry=self.registry,
        )
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        for kind in KINDS:
            for outcome in OUTCOMES:
                self._events.labels(kind, outcome)
        for reason in Reason:
            self._refused.labels(reason)

    def taken(self, kind: str, outcome: str) -> None:
        """Count an event that could be read."""
        self._events.labels(kind, outcome).inc()

    def refused(self, reason: Reason) -> None:
        """Count an event at fault."""
        self._refused.labels(reason).inc()

    def acknowledged(self, seconds: float) -> None:
        """Note how long an event waited for its acknowledgement."""
        self._acknowledgement.observe(seconds)

    def left_unjudged(self, windows: int) -> None:
        """Count windows that nobody was left to judge."""
        self._unjudged.inc(windows)

    def refusals(self) -> dict[str, int]:
        """How many events were refused, by reason, where any were."""
        samples = next(iter(self._refused.collect())).samples
        counts = {s.labels["reason"]: int(s.value) for s in samples if s.name.endswith("_total")}
        return {reason: count for reason, count in counts.items() if count}


class Store(Protocol):
    """What a gateway knows of its store."""

    @property
    def store_is_present(self) -> bool:
        """Whether the store took the last thing that it was given."""

    @property
    def spooled(self) -> int:
        """How many records wait for the store."""


class StoreGauges(Collector):
    """Gauges of this process's way to the store, which are there when the store never was."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """The gauges, at each scrape."""
        present, spooled = self._store.store_is_present, self._store.spooled
        yield _gauge("store_up", "Whether the store took the last thing it was given.", present)
        yield _gauge("spooled_events", "Events that wait on this machine for the store.", spooled)


class StatusGauges(Collector):
    """Gauges of the latest status (`status.py`), whatever replica has judged the windows."""

    def __init__(self) -> None:
        """Nothing is shown before there is a status."""
        self.status: dict[str, Any] | None = None

    def collect(self) -> Iterator[Metric]:
        """The gauges, at each scrape."""
        if self.status is None:
            return
        for family in ("drift", "prediction"):
            breach = self.status["breaches"][family]["breached"]
            yield _gauge(f"{family}_breached", "Whether enough of the latest windows are above.", breach)
        yield _gauge("open_windows", "Windows that are not judged yet.", self.status["open_windows"])
        if window := self.status["latest_judged"]:
            yield from _window_gauges(window)
        yield from _performance_gauges(self.status["performance"])


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, value=float(value))


def _window_gauges(window: dict[str, Any]) -> Iterator[Metric]:
    judgement = window["judgement"]
    yield _gauge("window_start_timestamp_seconds", "Where the latest judged window begins.", window["start"])
    yield _gauge("window_rows", "Rows of the latest judged window.", window["rows"])
    yield _gauge("window_late_rows", "Rows that came after it was judged.", window["late_rows"])
    yield _gauge("window_outlier_ratio", "Share of its rows that are outliers.", judgement["outlier_rate"])
    excess = GaugeMetricFamily(
        PREFIX + "window_excess_ratio",
        "The statistics of the latest judged window; above 1 is above the limit.",
        labels=["family", "statistic"],
    )
    for family in ("drift", "prediction"):
        verdict = judgement[family]
        for statistic, found in verdict["statistics"].items():
            excess.add_metric([family, statistic], found["excess"] / verdict["factor"])
    yield excess


def _performance_gauges(performance: dict[str, dict[str, Any]]) -> Iterator[Metric]:
    for name in MEASURES:
        gauge = GaugeMetricFamily(
            f"{PREFIX}model_{name}", "Over the latest rows whose outcome is known.", labels=["model_version"]
        )
        for version, document in performance.items():
            if document[name] is not None:
                gauge.add_metric([version], document[name])
        yield gauge
    labelled = GaugeMetricFamily(
        PREFIX + "model_labelled_rows", "Rows whose outcome is known.", labels=["model_version"]
    )
    for version, document in performance.items():
        labelled.add_metric([version], document["rows"])
    yield labelled

"""The executor's own metrics: how long requests and calls to nodes took, as histograms and summaries.

Names, labels, buckets and quantiles are the executor's. Its quantiles are estimates over ten minutes,
these are exact over the last `REMEMBERED` requests of a series.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from serving.local.orchestrator.arguments import Arguments
from serving.local.orchestrator.graph import Predictor

SERVER = "seldon_api_executor_server_requests_seconds"
CLIENT = "seldon_api_executor_client_requests_seconds"
BUCKETS = (
    "0.005",
    "0.01",
    "0.025",
    "0.05",
    "0.075",
    "0.1",
    "0.25",
    "0.5",
    "0.75",
    "1",
    "2.5",
    "5",
    "7.5",
    "10",
)
QUANTILES = ("0.5", "0.75", "0.9", "0.98", "0.99", "1")
REMEMBERED = 1000


@dataclass
class _Series:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0
    last: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def count(self) -> int:
        return sum(self.buckets)

    def cumulative(self) -> list[tuple[str, float]]:
        sums = [sum(self.buckets[: position + 1]) for position in range(len(self.buckets))]
        return list(zip((*BUCKETS, "+Inf"), map(float, sums), strict=True))

    def quantile(self, share: str) -> float:
        ordered = sorted(self.last)
        return ordered[min(len(ordered) - 1, int(float(share) * len(ordered)))]


class Durations(Collector):
    """A histogram and a summary of the same durations, in seconds."""

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._series: dict[tuple[str, ...], _Series] = defaultdict(_Series)
        self._limits = [float(bucket) for bucket in BUCKETS]

    def observe(self, labels: tuple[str, ...], seconds: float) -> None:
        """Count one duration under the values of its labels."""
        series = self._series[labels]
        position = next(
            (index for index, limit in enumerate(self._limits) if seconds <= limit), len(self._limits)
        )
        series.buckets[position] += 1
        series.total += seconds
        series.last.append(seconds)

    def collect(self) -> Iterator[Metric]:
        """Both metrics, with every series."""
        histogram = HistogramMetricFamily(
            self._name, f"A histogram of {self._documentation}", labels=self._labels
        )
        summary = SummaryMetricFamily(
            f"{self._name}_summary", f"A summary of {self._documentation}", labels=self._labels
        )
        for values, series in self._series.items():
            histogram.add_metric(values, series.cumulative(), series.total)
            summary.add_metric(values, series.count, series.total)
            named = dict(zip(self._labels, values, strict=True))
            for share in QUANTILES:
                summary.add_sample(summary.name, named | {"quantile": share}, series.quantile(share))
        yield histogram
        yield summary


class Metrics:
    """What the orchestrator measures of its callers and of its nodes."""

    def __init__(self, arguments: Arguments, predictor: Predictor) -> None:
        self.registry = CollectorRegistry()
        self._first = (arguments.deployment, predictor.name, predictor.version)
        labels = ("deployment_name", "predictor_name", "predictor_version", "service")
        self._server = Durations(SERVER, "latencies for executor server", (*labels, "method", "code"))
        self._client = Durations(
            CLIENT,
            "latencies for client calls from executor",
            (*labels, "model_name", "model_image", "model_version", "method", "code"),
        )
        self.registry.register(self._server)
        self.registry.register(self._client)

    def answered(self, service: str, method: str, code: str, seconds: float) -> None:
        """A request was answered."""
        self._server.observe((*self._first, service, method, code), seconds)

    def called(self, service: str, node: str, method: str, code: str, seconds: float) -> None:
        """A node has answered; the graph alone does not say its image, so that is empty."""
        self._client.observe((*self._first, service, node, "", "", method, code), seconds)

"""What a node tells Prometheus: its own figures, and those of its component."""

from collections.abc import Iterable
from threading import Lock
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
KINDS: dict[str, type[Counter] | type[Gauge] | type[Histogram]] = {
    "COUNTER": Counter,
    "GAUGE": Gauge,
    "TIMER": Histogram,
}
MILLISECONDS = 1000


class CustomMetrics:
    """The metrics that a component returns, under the names that it gives them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._known: dict[str, Any] = {}
        self._alone = Lock()

    def update(self, metrics: Iterable[dict[str, Any]], method: str) -> None:
        """Count metrics in Seldon's form (`type`, `key`, `value`, `tags`); a TIMER is in milliseconds.

        Raises ValueError where a key comes with other tags than the first time.
        """
        for metric in metrics:
            labels = {**metric.get("tags", {}), "method": method}
            key, value = metric["key"], metric["value"]
            with self._alone:
                if key not in self._known:
                    kind = KINDS[metric["type"]]
                    self._known[key] = kind(key, "Of the component.", sorted(labels), registry=self._registry)
            child = self._known[key].labels(**labels)
            match metric["type"]:
                case "COUNTER":
                    child.inc(value)
                case "GAUGE":
                    child.set(value)
                case _:
                    child.observe(value / MILLISECONDS)


class NodeMetrics:
    """The registry of one node."""

    def __init__(self, node: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.custom = CustomMetrics(self.registry)
        self._node = node
        self._seconds = Histogram(
            "ontime_node_request_seconds",
            "How long a request took in this node once it was read, by its method, transport and status. "
            "What is refused unread, such as for its size or its content type, is not counted.",
            ("node", "method", "transport", "code"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def observe(self, method: str, transport: str, code: str, seconds: float) -> None:
        """Count one answered request."""
        self._seconds.labels(self._node, method, transport, code).observe(seconds)

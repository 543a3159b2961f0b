"""What every part of the benchmark of serving needs: what is published, and requests for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chain import Requests
from benchmarks.comparison import Plan
from benchmarks.pods import Pods
from benchmarks.published import Published
from benchmarks.rows import Keys, batches
from serving.artifact import ModelDirectory
from serving.local.settings import LocalSettings


@dataclass(frozen=True)
class Bench:
    """`rows` are requests by their size, `keys` the join keys, `directory` is gone afterwards."""

    published: Published
    model: ModelDirectory
    keys: list[str]
    rows: Requests
    plan: Plan
    outage_seconds: float
    directory: Path
    pods: Pods
    report: Callable[[str], None]

    @classmethod
    def open(
        cls,
        settings: LocalSettings,
        plan: Plan,
        outage: float,
        directory: Path,
        report: Callable[[str], None],
    ) -> "Bench":
        """Look at what is published; raises UnrunnableManifestError or UnreadableStoreError."""
        published = Published.open(settings)
        model = published.model
        keys = Keys.read(model, published.online_store)
        return cls(
            published=published,
            model=model,
            keys=list(dict.fromkeys(name for view in keys.views for name in view[0])),
            rows={size: batches(model.signature, keys, size) for size in plan.sizes},
            plan=plan,
            outage_seconds=outage,
            directory=directory,
            pods=Pods(published, directory),
            report=report,
        )

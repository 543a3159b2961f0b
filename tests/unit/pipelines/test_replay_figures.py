"""The tables of a replay say what was answered, how fast, what the monitor said, what it all took."""

from datetime import UTC, datetime

import pytest
from rich.console import Console
from rich.table import Table

from pipelines.replay_figures import (
    addresses,
    latency_table,
    memory_table,
    outcome_table,
    verdicts_table,
    windows_table,
)
from serving.local.settings import LocalSettings
from serving.replay.result import (
    MissingFigures,
    PerformanceFigures,
    PlantedFigures,
    ReplayResult,
    TransportFigures,
    VerdictFigures,
    WindowFigures,
)

MIDNIGHT = datetime(2013, 10, 1, 4, tzinfo=UTC)


def window(shift: float, drift: VerdictFigures, *breached: str) -> WindowFigures:
    return WindowFigures(
        start=MIDNIGHT,
        shifted_hours=shift,
        requests=965,
        mean_probability=0.094,
        outliers=1,
        drift=drift,
        prediction=VerdictFigures(verdict="drift", above=("distance:probability",)),
        breached=breached,
    )


@pytest.fixture
def result() -> ReplayResult:
    return ReplayResult(
        model_version="a" * 64,
        seconds=100,
        windows=(
            window(0, VerdictFigures(verdict="stable", above=())),
            window(6, VerdictFigures(verdict="drift", above=("distance:hour",)), "drift", "prediction"),
        ),
        transports=(TransportFigures(transport="REST", predictions=500, p50=12.34, p99=56.78),),
        missing=MissingFigures(rows=965, served=0.0561, joined=0.056),
        performance=PerformanceFigures(
            actuals_sent=960, rows=960, base_rate=0.0438, auc=None, brier_score=0.0444
        ),
        planted=PlantedFigures(outlier=True, outlier_score=172.3, score_before=24.2),
        unmet=(),
    )


def shown(table: Table) -> list[str]:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(table)
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def test_a_window_is_shown_with_what_was_answered(result: ReplayResult) -> None:
    lines = shown(windows_table(result))
    assert "2013-10-01 as it was 965 9.4% 1" in lines
    assert "2013-10-01 6 hours late 965 9.4% 1" in lines


def test_a_window_is_shown_with_both_verdicts_and_what_is_breached(result: ReplayResult) -> None:
    lines = shown(verdicts_table(result))
    assert "2013-10-01 stable drift: distance:probability none" in lines
    assert "2013-10-01 drift: distance:hour drift: distance:probability drift, prediction" in lines


def test_what_does_not_exist_is_not_made_up(result: ReplayResult) -> None:
    assert "rolling AUC 960 of 960 outcomes told none" in shown(outcome_table(result))


def test_missing_values_are_shown_beside_those_of_the_join(result: ReplayResult) -> None:
    lines = shown(outcome_table(result))
    assert "missing when served 965 rows 5.61%" in lines
    assert "missing in the offline join 965 rows 5.60%" in lines


def test_the_planted_outlier_is_shown_with_its_score(result: ReplayResult) -> None:
    assert "planted outlier's score tagged 172.3, before 24.2" in shown(outcome_table(result))


def test_latencies_are_in_milliseconds(result: ReplayResult) -> None:
    assert "REST 500 12.3 ms 56.8 ms" in shown(latency_table(result))


def test_memory_is_in_megabytes() -> None:
    assert "serving.node model 122 MB" in shown(memory_table({"serving.node model": 122_400_000}))


def test_the_addresses_are_those_of_the_settings() -> None:
    found = addresses(LocalSettings(rest_port=18000, grpc_port=15001, monitor_port=18080))
    assert found == {
        "REST": "http://127.0.0.1:18000/api/v1.0/predictions",
        "gRPC": "127.0.0.1:15001",
        "monitor": "http://127.0.0.1:18080/status",
    }

"""The command line of Seldon's executor, as far as a local run needs it."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


@dataclass(frozen=True)
class Arguments:
    """How the executor was started; durations in seconds."""

    deployment: str
    namespace: str
    predictor: str
    http_port: int
    grpc_port: int
    prometheus_path: str
    logger_workers: int
    log_queue: int
    log_write_timeout: float
    shutdown_delay: float
    graceful_timeout: float


def parse(arguments: Sequence[str]) -> Arguments:
    """Read the arguments; ends the program where one is missing, unknown or cannot be right."""
    parser = argparse.ArgumentParser(prog="serving.local.orchestrator", description=__doc__)
    parser.add_argument("--sdep", required=True)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--predictor", required=True)
    parser.add_argument("--http_port", type=int, default=8080)
    parser.add_argument("--grpc_port", type=int, default=5000)
    parser.add_argument("--protocol", choices=["seldon"], default="seldon")
    parser.add_argument("--prometheus_path", default="/metrics")
    parser.add_argument("--logger_workers", type=int, default=10)
    parser.add_argument("--log_work_buffer_size", type=int, default=10_000)
    parser.add_argument("--log_write_timeout_ms", type=int, default=2_000)
    parser.add_argument("--shutdown_delay", type=duration, default=0.0)
    parser.add_argument("--graceful_timeout", type=duration, default=15.0)
    read = parser.parse_args(arguments)
    return Arguments(
        deployment=read.sdep,
        namespace=read.namespace,
        predictor=read.predictor,
        http_port=read.http_port,
        grpc_port=read.grpc_port,
        prometheus_path=read.prometheus_path,
        logger_workers=read.logger_workers,
        log_queue=read.log_work_buffer_size,
        log_write_timeout=read.log_write_timeout_ms / 1000,
        shutdown_delay=read.shutdown_delay,
        graceful_timeout=read.graceful_timeout,
    )


def duration(text: str) -> float:
    """A duration as Go writes it (`8s`, `1m30s`, `250ms`, `0`) in seconds; raises ValueError."""
    if text == "0":
        return 0.0
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is no duration such as 8s or 1m30s")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))

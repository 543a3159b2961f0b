"""Asks the published model for predictions until the new version answers, over REST and over gRPC."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from components.publish.cluster.failures import RolloutError
from components.publish.cluster.gateway import gateway
from components.publish.cluster.resource import Resource
from serving.client.seldon import Grpc, RefusedError, Rest
from serving.probes import PREFIX
from serving.requests import RequestReader
from serving.signature import Signature

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Wanted:
    """Who must answer to what: the version, and a row that the model's signature makes."""

    version: str
    row: dict[str, Any]


def example_row(signature: Signature) -> dict[str, Any]:
    """A row that the model does not refuse."""
    return RequestReader(signature, maximum_rows=1).example()


def await_answers(
    resource: Resource, predictor: str, wanted: Wanted, seconds: float, each_time: Callable[[], None]
) -> None:
    """Return once the predictor's Service answers with the version over both transports.

    Every attempt is made on fresh connections, as new clients would. Raises RolloutError with what was
    last answered, after so many seconds.
    """

    def ask() -> None:
        each_time()
        service = f"{resource.name}-{predictor}"
        with gateway(resource.connection, resource.namespace, service, resource.patience) as way:
            for transport in (Rest(f"http://{way.rest}"), Grpc(way.grpc)):
                answer = transport.predict(wanted.row, f"{PREFIX}{uuid.uuid4()}")
                if answer.model_version != wanted.version:
                    raise RefusedError(f"{transport.name} is answered by version {answer.model_version}")

    retrying = Retrying(
        retry=retry_if_exception_type((RefusedError, RolloutError)),
        wait=wait_fixed(POLL_SECONDS),
        stop=stop_after_delay(seconds),
        reraise=True,
    )
    try:
        retrying(ask)
    except (RefusedError, RolloutError) as error:
        raise RolloutError(
            f"rolled out, but predictor {predictor} does not answer with version {wanted.version} "
            f"after {seconds:g} s: {error}"
        ) from None

"""What Kubeflow Pipelines refused, in one sentence that says what to do."""

import contextlib
import json
import re
from collections.abc import Iterator

import urllib3.exceptions
from kfp_server_api import ApiException


class KubeflowError(Exception):
    """Kubeflow Pipelines did not do what was asked; the message is one sentence."""


class UnreachableError(KubeflowError):
    """It did not answer, or not as an API does; asked later it may."""


REFUSALS = {
    401: "does not know who asks (401): give a valid ONTIME_KFP_TOKEN, ONTIME_KFP_COOKIES or --token-path",
    403: "does not allow this (403): is --profile yours, and may this account use its pipelines?",
}


@contextlib.contextmanager
def explained(address: str) -> Iterator[None]:
    """Turn what the SDK raises in this block into a KubeflowError."""
    try:
        yield
    except ApiException as error:
        raise _explanation(address, error) from None
    except urllib3.exceptions.HTTPError as error:
        reason = getattr(error, "reason", None) or error
        raise UnreachableError(f"{address} is not reached: {_last_part(str(reason))}") from None


def _explanation(address: str, error: ApiException) -> KubeflowError:
    message = _message(error.body)
    if error.status in REFUSALS:
        return KubeflowError(f"{address} {REFUSALS[error.status]}")
    if error.status == 404 and not message:
        return KubeflowError(f"{address} has no such API (404): is this the address of Kubeflow Pipelines?")
    if error.status is None or error.status >= 500:
        return UnreachableError(f"{address} failed ({error.status}): {message or error.reason}")
    return KubeflowError(f"{address} refused this ({error.status}): {message or error.reason}")


def _message(body: str | bytes | None) -> str:
    # The upload's errors are shaped otherwise than those of the rest of the API.
    try:
        document = json.loads(body or "")
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    said = document.get("message") or document.get("error_details") or document.get("error_message") or ""
    return " ".join(str(said).split())


def _last_part(reason: str) -> str:
    # urllib3 begins with the connection object.
    return re.sub(r"^\S.*?[>)]: ", "", reason)

"""Which failures of a call to the API server pass by themselves, and how long they are waited for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import urllib3
from kubernetes.client.exceptions import ApiException
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from components.publish.cluster.failures import ClusterCallError
from components.publish.cluster.secrecy import without_secrets

# To connect, and for the answer; a call is tried again rather than waited for.
REQUEST_SECONDS = (5, 20)
# Too many requests, and a proxy or an API server that is starting or ending.
PASSING_STATUS = {429, 502, 503, 504}
ABSENT_WEBHOOK = "failed calling webhook"
# The client's status where there was no HTTP answer at all.
NO_ANSWER = 0
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


@dataclass(frozen=True)
class Patience:
    """How long, in seconds, an API server that is away or a webhook that is absent is waited for."""

    seconds: float = 60.0

    def call(self, doing: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """The function's answer; raises ClusterCallError, which says what was being done.

        A refusal that something may be made of, such as 404 and 409, is raised as the ApiException that
        it is.
        """
        retrying = Retrying(
            retry=retry_if_exception(passes),
            wait=wait_exponential(multiplier=0.5, max=4),
            stop=stop_after_delay(self.seconds),
            reraise=True,
        )
        try:
            return retrying(function, *arguments, _request_timeout=REQUEST_SECONDS, **options)
        except ApiException as error:
            if error.status in {404, 409}:
                raise
            raise ClusterCallError(f"{doing}: {self._explained(error)}") from None
        except urllib3.exceptions.HTTPError as error:
            raise ClusterCallError(f"{doing}: {self._unanswered(str(error))}") from None

    def _unanswered(self, reason: str) -> str:
        if UNTRUSTED in reason:
            return f"the API server is not the one that it should be: {without_secrets(reason)}"
        return f"the API server gave no answer for {self.seconds:g} s: {without_secrets(reason)}"

    def _explained(self, error: ApiException) -> str:
        if error.status == NO_ANSWER:
            return self._unanswered(" ".join(str(error.reason).split()))
        reason = without_secrets(message(error))
        if ABSENT_WEBHOOK in reason:
            return (
                f"a webhook of the cluster gave no answer for {self.seconds:g} s "
                f"(is the Seldon operator up?): {reason}"
            )
        if passes(error):
            return f"the API server was not ready for {self.seconds:g} s: {reason}"
        return f"refused with status {error.status}: {reason}"


def passes(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    if isinstance(error, ApiException) and error.status != NO_ANSWER:
        return error.status in PASSING_STATUS or (error.status == 500 and ABSENT_WEBHOOK in message(error))
    if isinstance(error, ApiException | urllib3.exceptions.HTTPError):
        # A connection that is cut looks as TLS gone wrong; a server that is another one stays another.
        return UNTRUSTED not in str(error)
    return False


def message(error: ApiException) -> str:
    """What the API server says of a refusal: the message of its Status, else the body, else the reason."""
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.body or error.reason or "no reason given").strip()

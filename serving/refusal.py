"""How a node refuses a request: the exception that says which status, which reason, and what is at fault."""

import json
from typing import Any

from seldon_core.flask_utils import SeldonMicroserviceException

LONGEST_SHOWN = 40

NO_DATA = 400
TOO_LARGE = 413
WRONG_MEDIA_TYPE = 415
AT_FAULT = 422
UNAVAILABLE = 503

_REASONS = {
    NO_DATA: "NO_DATA",
    TOO_LARGE: "TOO_LARGE",
    WRONG_MEDIA_TYPE: "WRONG_MEDIA_TYPE",
    AT_FAULT: "INVALID_ROW",
    UNAVAILABLE: "UNAVAILABLE",
}


class RefusedRequestError(SeldonMicroserviceException):
    """A request that is not answered; `status` is the HTTP status, which also the stock wrapper honours."""

    def __init__(self, message: str, status: int = AT_FAULT) -> None:
        super().__init__(message, status_code=status, reason=_REASONS[status])
        # The stock exception keeps its message out of `str`.
        self.args = (message,)


def shown(value: Any) -> str:
    """A client's value as a message may repeat it: as JSON has it, escaped, and not at any length."""
    if isinstance(value, int) and abs(value) >= 10**LONGEST_SHOWN:
        return f"an integer of more than {LONGEST_SHOWN} digits"
    text = ascii(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def check_count(rows: int, maximum: int) -> None:
    """Refuse a batch without rows, or with more than may be answered at once."""
    if rows == 0:
        raise RefusedRequestError("the request has no rows", NO_DATA)
    if rows > maximum:
        raise RefusedRequestError(f"the request has {rows} rows, at most {maximum} are answered", TOO_LARGE)

"""From what a person typed to one row of a request."""

from collections.abc import Callable, Mapping
from typing import Any

from feature_repo.schema import RequestField
from serving.signature import Signature

# What the served model checks besides, such as bounds and lists of codes, it says itself.
_CONVERT: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "instant": str,
}


class UnusableRequestError(ValueError):
    """What was typed makes no request; the message is one sentence that names the option."""


def option(name: str) -> str:
    """The option that stands for a request field."""
    return f"--{name.replace('_', '-')}"


def description(field: RequestField) -> str:
    """What a person may type for a field."""
    if field.reference is not None:
        kind = f"a code of the list {field.reference}"
    elif field.type == "instant":
        kind = "an instant with its offset, such as 2013-10-01T09:00:00-04:00"
    else:
        kind = {"string": "text", "integer": "a whole number", "number": "a number"}[field.type]
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("from", field.minimum), ("to", field.maximum))
        if bound is not None
    ]
    optional = ["left out where it is not known"] if field.null_key is not None else []
    return ", ".join([" ".join([kind, *bounds]), *optional])


def request_row(signature: Signature, typed: Mapping[str, str | None]) -> dict[str, Any]:
    """The row of a request: every field of the signature, null where one was left out that may be.

    Raises:
        UnusableRequestError: A field is missing that must be there, or is no number where it should be one.
    """
    required = [field.name for field in signature.request_fields if field.null_key is None]
    if missing := [option(name) for name in required if typed.get(name) is None]:
        raise UnusableRequestError(f"the model needs {', '.join(missing)}")
    return {field.name: _value(field, typed.get(field.name)) for field in signature.request_fields}


def _value(field: RequestField, text: str | None) -> Any:
    if text is None:
        return None
    try:
        return _CONVERT[field.type](text)
    except ValueError as error:
        raise UnusableRequestError(f"{option(field.name)}: {text!r} is no {field.type}") from error

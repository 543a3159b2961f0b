"""Requests that a publication sends to know who answers: they are no client's, and nobody watches them."""

PREFIX = "ontime-publish-"
"""How their ids begin."""


def is_probe(request_id: str) -> bool:
    """Whether a request was sent by a publication."""
    return request_id.startswith(PREFIX)

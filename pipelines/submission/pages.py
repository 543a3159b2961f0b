"""Reads the API's lists, which come in pages, to their end."""

from collections.abc import Callable, Iterator
from typing import Any

PAGE = 100


def every(page: Callable[[str], tuple[list[Any] | None, str | None]]) -> Iterator[Any]:
    """Every item of a list, of which `page` gives a page and the token of the next one."""
    token: str | None = ""
    while token is not None:
        items, following = page(token)
        yield from items or ()
        token = following or None

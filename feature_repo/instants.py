"""How instants are written: on a command line, between steps, and in the names of directories."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from feature_repo.request import TIMEZONE

STAMP = "%Y-%m-%dT%H%M%SZ"


def parse_instant(text: str) -> datetime:
    """The UTC instant that `text` names, in whole seconds.

    A bare date (`2013-10-01`) is midnight in New York; an instant must carry its offset or `Z`.

    Raises:
        ValueError: `text` is neither, or is finer than a second (Feast's online store keeps seconds).
    """
    try:
        instant = (
            datetime.combine(date.fromisoformat(text), time(), ZoneInfo(TIMEZONE))
            if len(text) == len("2013-10-01")
            else datetime.fromisoformat(text)
        )
    except ValueError as error:
        raise ValueError(f"{text!r} is neither a date nor an ISO 8601 instant") from error
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC; write 2013-10-01T04:00:00Z, or a bare date")
    if instant.microsecond:
        raise ValueError(f"{text!r} is finer than a second")
    return instant.astimezone(UTC)


def stamp(instant: datetime) -> str:
    """The name of `instant` in paths, such as `2013-10-01T040000Z`; names sort as their instants do."""
    return instant.astimezone(UTC).strftime(STAMP)


def unstamp(name: str) -> datetime:
    """The instant that a stamp names; raises ValueError where `name` is no stamp."""
    return datetime.strptime(name, STAMP).replace(tzinfo=UTC)

"""`python -m components.materialize.advancer`: an online store that is moved on by whoever speaks to it.

It fills the store as of an instant, writes that instant as a line, and then takes an instant a line: when the
store stands there, it writes it back. It ends with its input. So a program of another environment can go
through the past with the code of the step.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from components.build_features.feature_set import FeatureSet
from components.build_features.feature_store import feature_store
from components.materialize.materialization import materialize_set
from components.materialize.online import advance, writable_store
from components.settings import Settings
from feature_repo.instants import parse_instant
from serving.online_location import OnlineLocation, online_location


def advancing(
    source: FeatureSet, online: OnlineLocation, since: datetime, instants: Iterable[datetime]
) -> Iterator[datetime]:
    """Fill the online store as of `since`, then move it on; yields each instant at which it stands.

    Raises:
        ValueError: an instant lies before the one before it, or after that of the set.
    """
    materialize_set(source, online, since)
    with TemporaryDirectory() as scratch:
        store = writable_store(source, online, Path(scratch))
        standing = since
        yield standing
        for instant in instants:
            if instant > source.as_of:
                raise ValueError(
                    f"the set of {source.as_of.isoformat()} cannot tell what is known at "
                    f"{instant.isoformat()}"
                )
            advance(store, standing, instant)
            standing = instant
            yield standing


def main(arguments: list[str]) -> int:
    """Speak with the standard input and output; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m components.materialize.advancer")
    parser.add_argument("--as-of", type=parse_instant, required=True, help="the set of feature tables")
    parser.add_argument("--since", type=parse_instant, required=True, help="where the store begins")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    online = online_location(settings.online_store)
    instants = (parse_instant(line.strip()) for line in sys.stdin)
    answers = sys.stdout
    # Feast reports on the standard output, which is for answers alone.
    with (
        contextlib.redirect_stdout(sys.stderr),
        feature_store(settings).reading(given.as_of) as source,
    ):
        for instant in advancing(source, online, given.since, instants):
            answers.write(f"{instant.isoformat()}\n")
            answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

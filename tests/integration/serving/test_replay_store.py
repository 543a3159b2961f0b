"""A replay moves the online store through another program, and notices when that is gone."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from serving.replay.store import StoreNotMovedError, moving_store
from tests.examples.serving.replayed import DAY

QUARTER = timedelta(minutes=15)
ECHO = (
    f"import sys; print('{DAY.isoformat()}', flush=True); [print(l.strip(), flush=True) for l in sys.stdin]"
)


def command(program: str) -> list[str]:
    return [sys.executable, "-c", program]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_the_store_is_moved_when_the_program_says_so(log: Path) -> None:
    with moving_store(command(ECHO), log) as store:
        store.move(DAY + QUARTER)
        store.move(DAY + 2 * QUARTER)


def test_a_store_that_stands_elsewhere_is_not_moved(log: Path) -> None:
    stuck = f"import sys; print('{DAY.isoformat()}', flush=True); input(); print('{DAY.isoformat()}')"
    with moving_store(command(stuck), log) as store, pytest.raises(StoreNotMovedError, match="stands at"):
        store.move(DAY + QUARTER)


def test_a_program_that_ends_is_noticed(log: Path) -> None:
    ending = f"print('{DAY.isoformat()}', flush=True); raise SystemExit('the set is gone')"
    with moving_store(command(ending), log) as store, pytest.raises(StoreNotMovedError, match="has ended"):
        store.move(DAY + QUARTER)
    assert "the set is gone" in log.read_text()


def test_a_program_that_never_fills_the_store_is_noticed(log: Path) -> None:
    with pytest.raises(StoreNotMovedError, match="has ended"), moving_store(command(""), log):
        pytest.fail("there is no store to move")

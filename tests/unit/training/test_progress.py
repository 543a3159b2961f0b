"""What is seen of a run while it trains."""

import io
import logging
import sys

import pytest

from components.train.history import Epoch, History
from components.train.progress import Progress

EPOCH = Epoch(1, 0.5, 0.4, 0.75, 2.0)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_one_plain_line_an_epoch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    caplog.set_level(logging.INFO)
    with Progress(3) as progress:
        progress.show(EPOCH)
    assert caplog.messages == [EPOCH.line]


def test_a_terminal_gets_a_bar_and_no_lines(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    caplog.set_level(logging.INFO)
    with Progress(3) as progress:
        progress.show(EPOCH)
    assert "1/3" in terminal.getvalue()
    assert caplog.messages == []


@pytest.mark.parametrize("part", ["0.5000", "0.4000", "0.7500", "2.0 s"])
def test_a_line_has_the_figures_of_its_epoch(part: str) -> None:
    assert part in EPOCH.line


def test_the_best_epoch_is_the_kept_one() -> None:
    later = Epoch(2, 0.4, 0.5, 0.7, 2.0)
    assert History((EPOCH, later), kept=2).best is later

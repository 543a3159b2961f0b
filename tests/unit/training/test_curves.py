"""The page with the loss curves."""

from components.train.curves import loss_curves
from components.train.history import Epoch, History

HISTORY = History((Epoch(1, 0.5, 0.4, 0.7, 1.0), Epoch(2, 0.4, 0.4, 0.75, 1.0)), kept=2)


def test_the_page_needs_nothing_beside_itself() -> None:
    page = loss_curves(HISTORY)
    assert "<svg" in page
    assert not any(word in page for word in ("<script", "<link", "<img", 'src="'))


def test_the_page_says_which_epoch_was_kept() -> None:
    assert "Kept: epoch 2 of 2" in loss_curves(HISTORY)


def test_the_same_history_gives_the_same_page() -> None:
    assert loss_curves(HISTORY) == loss_curves(HISTORY)

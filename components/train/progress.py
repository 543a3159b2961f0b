"""What is seen of a run while it trains: a bar in a terminal, plain lines in a log."""

import logging
import sys
from typing import Self

from tqdm import tqdm

from components.train.history import Epoch

logger = logging.getLogger(__name__)


class Progress:
    """Shows epochs as they end; a context manager, since a bar has to be closed."""

    def __init__(self, epochs: int) -> None:
        # With disable=None tqdm draws only where its stream is a terminal.
        self._bar = tqdm(total=epochs, unit="epoch", disable=None, file=sys.stderr)

    def show(self, epoch: Epoch) -> None:
        """Show that an epoch has ended."""
        if self._bar.disable:
            logger.info("%s", epoch.line)
        else:
            self._bar.set_postfix_str(epoch.line)
            self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

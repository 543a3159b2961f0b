"""`python -m serving.node features|outliers|model`: run one node of the graph, as its environment says."""

import argparse
import importlib
import logging
import sys
from typing import NoReturn

from serving.node.server import NotStartedError, run
from serving.node.settings import NodeSettings
from serving.settings import SettingsError

logger = logging.getLogger(__name__)

# By name, since each of them imports what the others do not need.
CLASSES = {"features": "Features", "outliers": "Outliers", "model": "Model"}


def main() -> NoReturn:
    """Serve until a signal.

    What keeps it from that is one sentence on standard error: wrong settings, with exit status 2, or a
    component that was not loaded or a port that is taken, with 1; the traceback is there at level DEBUG.
    """
    parser = argparse.ArgumentParser(prog="serving.node", description=__doc__)
    parser.add_argument("node", choices=CLASSES)
    node = parser.parse_args().node
    try:
        settings = NodeSettings.from_environment()
    except SettingsError as error:
        sys.stderr.write(f"The settings of the node are wrong: {error}\n")
        sys.exit(2)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    component = getattr(importlib.import_module(f"serving.{node}"), CLASSES[node])
    try:
        run(component(settings), node, settings)
    except NotStartedError as error:
        logger.error("The node %s does not start: %s", node, error)  # noqa: TRY400 - one sentence
        logger.debug("because of this", exc_info=error)
        sys.exit(1)


if __name__ == "__main__":
    main()

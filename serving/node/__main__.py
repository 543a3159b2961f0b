"""`python -m serving.node features|outliers|model`: run one node of the graph, as its environment says."""

import argparse
import importlib
import logging
import sys
from typing import NoReturn

from pydantic import ValidationError

from serving.node.server import run
from serving.node.settings import NodeSettings

# By name, since each of them imports what the others do not need.
CLASSES = {"features": "Features", "outliers": "Outliers", "model": "Model"}


def main() -> NoReturn:
    """Serve until a signal; wrong settings are one sentence on standard error and exit status 2."""
    parser = argparse.ArgumentParser(prog="serving.node", description=__doc__)
    parser.add_argument("node", choices=CLASSES)
    node = parser.parse_args().node
    try:
        settings = NodeSettings()
    except ValidationError as error:
        sys.stderr.write(f"The settings of the node are wrong: {error}\n")
        sys.exit(2)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    component = getattr(importlib.import_module(f"serving.{node}"), CLASSES[node])
    run(component(settings), node, settings)


if __name__ == "__main__":
    main()

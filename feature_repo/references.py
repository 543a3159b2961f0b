"""The codes that exist: what a request may name, and what a category's number counts in."""

from collections.abc import Mapping

import pandas as pd

from feature_repo.request import AIRLINES, AIRPORTS


def reference_lists(typed: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """The sorted codes of each reference list, from the typed tables."""
    return {name: sorted(typed[name]["code"]) for name in (AIRLINES, AIRPORTS)}

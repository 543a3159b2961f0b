"""The page on the monitor: its tables and its example, to compare with what they describe."""

import json
import re
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[3] / "docs" / "monitoring.md").read_text(encoding="utf-8")


def table(header: str) -> dict[str, list[str]]:
    """The rows below the table head that begins with `header`, by the code in their first cell."""
    lines = iter(PAGE.splitlines())
    next(line for line in lines if line.startswith(f"| {header} |"))
    next(lines)
    found = {}
    for line in lines:
        if not line.startswith("|"):
            break
        first, *others = [cell.strip() for cell in line.strip("|").split("|")]
        found[first.strip("`")] = others
    return found


def example_status() -> dict[str, Any]:
    """The status that the page shows."""
    (document,) = re.findall(r"^```json\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return json.loads(document)

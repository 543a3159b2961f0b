"""Where this checkout is, and where what is run here keeps its state."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".ontime"

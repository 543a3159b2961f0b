"""The retrieval of a whole set in a process of its own, so that its memory can be measured."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

RETRIEVE = """
import json, sys, time
from pathlib import Path
from components.build_features.feature_set import FeatureSet
from components.retrieve_features.frames import split_frames
start = time.monotonic()
frames = split_frames(FeatureSet(Path(sys.argv[1])), validation_months=1, test_months=3)
for name, frame in frames.items():
    frame.to_parquet(Path(sys.argv[2]) / f"{name}.parquet")
seconds = time.monotonic() - start
# Not ru_maxrss, which begins with the peak of the process that started this one.
(peak,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
print(json.dumps({"seconds": seconds, "peak_bytes": int(peak.split()[1]) * 1024}))
"""


@dataclass(frozen=True)
class Retrieval:
    """The three frames of a set, and what it cost to retrieve and write them."""

    frames: Mapping[str, pd.DataFrame]
    seconds: float
    peak_bytes: int


def retrieve_apart(source: Path, directory: Path) -> Retrieval:
    """Retrieve the set at `source` into `directory`, one month validating and three tested."""
    command = [sys.executable, "-W", "ignore", "-c", RETRIEVE, str(source), str(directory)]
    root = Path(__file__).parents[3]
    finished = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)
    cost = json.loads(finished.stdout.splitlines()[-1])
    names = ("train", "validation", "test")
    frames = {name: pd.read_parquet(directory / f"{name}.parquet") for name in names}
    return Retrieval(frames, **cost)

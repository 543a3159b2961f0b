"""A small pipeline with a step in each environment, whose second step ends as it is told to."""

# ruff: noqa: PLC0415, T201 -- a component is sent as source: it imports inside, and its log is what it prints.

from typing import NamedTuple

from kfp import dsl, kubernetes

from components.images import image


@dsl.component(base_image=image("features"), install_kfp_package=False)
def gather(count: int, as_of: str, rows: dsl.Output[dsl.Dataset]) -> None:
    import os
    import sys
    from pathlib import Path

    Path(rows.path).write_text(f"{count} rows", encoding="utf-8")
    print("gathered as of", as_of, "by", sys.prefix)
    print("the store is", os.environ["ONTIME_FEATURE_STORE_URI"])


@dsl.component(base_image=image("training"), install_kfp_package=False)
def judge(
    rows: dsl.Input[dsl.Dataset],
    outcome: str,
    report: dsl.Output[dsl.HTML],
    decision: dsl.Output[dsl.Artifact],
    # KFP reads the names of the outputs from the annotation.
) -> NamedTuple("Outputs", [("promoted", bool)]):  # type: ignore[valid-type]
    import json
    import os
    import signal
    import subprocess
    import sys
    from pathlib import Path
    from typing import NamedTuple

    print("judged", Path(rows.path).read_text(encoding="utf-8"), "by", sys.prefix)
    if outcome == "broken":
        raise ValueError("the third row is torn")
    if outcome == "waiting":
        child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        print("waiting", os.getpid(), child.pid)
        signal.pause()
    check = {"name": "auc", "value": 0.6, "limit": 0.7, "passed": outcome == "promoted"}
    Path(report.path).write_text("<p>judged</p>", encoding="utf-8")
    Path(decision.path).write_text(
        json.dumps({"promoted": check["passed"], "checks": [check]}), encoding="utf-8"
    )

    class Outputs(NamedTuple):
        promoted: bool

    return Outputs(promoted=outcome == "promoted")


@dsl.component(base_image=image("serving"), install_kfp_package=False)
def hand_over(rows: dsl.Input[dsl.Dataset], manifest: dsl.Output[dsl.Artifact]) -> None:
    import sys
    from pathlib import Path

    print("handed over by", sys.prefix)
    Path(manifest.path).write_text(Path(rows.path).read_text(encoding="utf-8"), encoding="utf-8")


@dsl.pipeline(name="small")
def small(count: int = 3, outcome: str = "promoted", as_of: str = "", accelerators: str = "0") -> None:
    gathered = gather(count=count, as_of=as_of)
    # What a cluster alone reads.
    gathered.set_memory_limit("1Gi").set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(
        accelerators
    )
    kubernetes.use_config_map_as_env(
        gathered, "settings", {"STORE": "ONTIME_FEATURE_STORE_URI"}, optional=True
    )
    kubernetes.empty_dir_mount(gathered, "shared-memory", "/dev/shm", medium="Memory")
    kubernetes.add_toleration(gathered, key="nvidia.com/gpu", operator="Exists")
    kubernetes.set_timeout(gathered, 1)
    judged = judge(rows=gathered.outputs["rows"], outcome=outcome)
    with dsl.If(judged.outputs["promoted"] == True):  # noqa: E712 -- KFP compiles the comparison.
        hand_over(rows=gathered.outputs["rows"])

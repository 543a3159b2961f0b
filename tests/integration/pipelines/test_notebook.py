"""The notebook that submits a pipeline runs against a fake of Kubeflow; none is kept with what it put out."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests.examples.notebooks import NOTEBOOKS, executed, printed
from tests.examples.pipelines.fake_kubeflow import WORKFLOW, FakeKubeflow, Server, played, stuck
from tests.examples.pipelines.kubeconfigs import write_kubeconfig

PODS = Path(__file__).parents[2] / "examples" / "pipelines" / "pods.json"
STEPS = {
    "features": ("ingest", "validate-data", "build-features", "materialize"),
    "training": ("retrieve-features", "train", "fit-detectors", "validate", "publish"),
}


def submitted(server: Server, pipeline: str, kubeconfig: Path = Path("/none")) -> str:
    """What the notebook prints, for the pipeline; a cell that fails raises."""
    variables = {
        "PIPELINE": pipeline,
        "ONTIME_KFP_HOST": server.address,
        "ONTIME_KFP_POLL_SECONDS": "0.01",
        "KUBECONFIG": str(kubeconfig),
    }
    return printed(executed("submit.ipynb", variables))


@pytest.mark.parametrize(
    ("pipeline", "arguments"),
    [("features", {"as_of": "2013-10-01"}), ("training", {"as_of": "2013-10-01", "target": "cluster"})],
)
def test_it_submits_a_pipeline_and_follows_it_to_its_end(
    fake: FakeKubeflow, server: Server, pipeline: str, arguments: dict[str, Any]
) -> None:
    steps = STEPS[pipeline]
    fake.script = played(steps)
    fake.logs[f"{WORKFLOW}-system-container-impl-{999 + len(steps)}"] = "the last step is done\n"
    said = submitted(server, pipeline)
    (run,) = fake.runs
    assert run["runtime_config"]["parameters"] == arguments
    assert f"/#/runs/details/{run['run_id']}" in said
    assert f"{steps[-1]}: succeeded\nsucceeded" in said
    assert "the last step is done" in said


@pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
def test_a_run_that_does_not_succeed_fails_a_cell(fake: FakeKubeflow, server: Server, state: str) -> None:
    fake.script = played(STEPS["features"], last="FAILED", state=state)
    with pytest.raises(CellExecutionError, match=f"the run {state.lower()}: http"):
        submitted(server, "features")


def test_a_step_that_can_never_start_fails_a_cell_with_kubernetes_reason(
    fake: FakeKubeflow, server: Server, tmp_path: Path
) -> None:
    fake.script = stuck("ingest")
    fake.pods = [json.loads(PODS.read_text(encoding="utf-8"))["invalid-image"]]
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", {"here": server.address}, "here")
    with pytest.raises(CellExecutionError, match=r"the run cannot go on: http.* InvalidImageName"):
        submitted(server, "features", kubeconfig)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_kept_without_what_it_put_out(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [None] * len(cells)
    assert [cell.outputs for cell in cells] == [[]] * len(cells)

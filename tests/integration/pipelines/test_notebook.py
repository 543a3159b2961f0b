"""The notebook that submits a pipeline runs against a fake of Kubeflow; none is kept with what it put out."""

from pathlib import Path

import nbformat
import pytest

from tests.examples.notebooks import NOTEBOOKS, executed, printed
from tests.examples.pipelines.fake_kubeflow import WORKFLOW, FakeKubeflow, played, serving

STEPS = ("ingest", "validate-data", "build-features", "materialize")


@pytest.fixture
def fake() -> FakeKubeflow:
    fake = FakeKubeflow()
    fake.script = played(STEPS)
    fake.logs[f"{WORKFLOW}-system-container-impl-1003"] = "the online store is filled\n"
    return fake


def test_it_submits_a_pipeline_and_follows_it_to_its_end(fake: FakeKubeflow) -> None:
    with serving(fake) as server:
        variables = {
            "PIPELINE": "features",
            "ONTIME_KFP_HOST": server.address,
            "ONTIME_KFP_POLL_SECONDS": "0.01",
        }
        said = printed(executed("submit.ipynb", variables))
    (run,) = fake.runs
    assert run["runtime_config"]["parameters"] == {"as_of": "2013-10-01"}
    assert f"/#/runs/details/{run['run_id']}" in said
    assert "materialize: succeeded\nsucceeded" in said
    assert "the online store is filled" in said


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_kept_without_what_it_put_out(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [None] * len(cells)
    assert [cell.outputs for cell in cells] == [[]] * len(cells)

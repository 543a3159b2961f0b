"""Runs a notebook of the repository in a kernel of this environment, cell by cell."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TIMEOUT_SECONDS = 300
# A cell's last output is not waited for any longer, and then is missing without an error.
OUTPUT_SECONDS = 60


def executed(name: str, variables: dict[str, str] | None = None) -> NotebookNode:
    """The notebook with what its cells put out; a cell that fails raises."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_SECONDS,
        iopub_timeout=OUTPUT_SECONDS,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    return client.execute(env=os.environ | (variables or {}))


def printed(notebook: NotebookNode) -> str:
    """What the cells printed, and the text of what they showed."""
    return "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in _outputs(notebook)
    )


def pictures(notebook: NotebookNode) -> int:
    """How many pictures the cells drew."""
    return sum("image/png" in output.get("data", {}) for output in _outputs(notebook))


def _outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]

"""The notebook that looks at the data runs, and shows what is known of them."""

import pytest
from nbformat import NotebookNode

from tests.examples.notebooks import executed, pictures, printed


@pytest.fixture(scope="module")
def notebook() -> NotebookNode:
    return executed("explore.ipynb")


def test_it_counts_what_is_labelled_and_late(notebook: NotebookNode) -> None:
    said = printed(notebook)
    assert "336,776 flights, 8,255 cancelled, 327,346 with a label, 24.5% late" in said
    assert "14.8% of the labelled flights have no aircraft in the register" in said


def test_it_draws_label_and_drift(notebook: NotebookNode) -> None:
    assert pictures(notebook) == 5

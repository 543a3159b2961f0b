"""What a person opens after a run has a name that says its kind."""

from pathlib import Path

import pytest

from pipelines.local.pages import link_pages
from pipelines.local.records import ArtifactRecord, RunRecord, State, StepRecord


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    """A run whose step wrote everything but its card."""
    written = tmp_path / "written"
    written.write_text("what was written", encoding="utf-8")
    artifacts = {
        "report": ArtifactRecord("system.HTML", written),
        "card": ArtifactRecord("system.Markdown", tmp_path / "missing"),
        "frame": ArtifactRecord("system.Dataset", written),
        "manifest": ArtifactRecord("system.Artifact", written),
    }
    return RunRecord("small", tmp_path, (StepRecord("judge", State.SUCCEEDED, artifacts=artifacts),))


def test_a_page_has_the_suffix_of_its_kind(record: RunRecord) -> None:
    assert link_pages(record)["judge report"].name == "judge-report.html"


def test_a_page_reads_as_its_artifact(record: RunRecord) -> None:
    assert link_pages(record)["judge manifest"].read_text(encoding="utf-8") == "what was written"


def test_a_page_is_no_symbolic_link_which_a_browser_would_follow(record: RunRecord) -> None:
    assert not link_pages(record)["judge report"].is_symlink()


def test_only_what_was_written_and_a_person_opens_is_a_page(record: RunRecord) -> None:
    assert list(link_pages(record)) == ["judge report", "judge manifest"]


def test_the_pages_of_a_run_that_is_shown_twice_stay(record: RunRecord) -> None:
    assert link_pages(record) == link_pages(record)

"""The report and the model card show what was measured and decided."""

from dataclasses import replace

import pytest

from components.validate import pages
from components.validate.evidence import Evidence
from components.validate.gate import decide
from components.validate.limits import Limits
from tests.examples.training import evidence as made
from tests.examples.training.evidence import PASSING, SHORT, with_performance

REFUSED = with_performance(PASSING, auc=0.70)


@pytest.fixture(scope="module")
def report() -> str:
    evidence = replace(PASSING, champion=made.champion(made.estimate(0.0)))
    return pages.report(evidence, decide(evidence, Limits()))


def _card(evidence: Evidence) -> str:
    return pages.card(evidence, decide(evidence, Limits()))


def test_the_report_needs_nothing_beside_itself(report: str) -> None:
    assert not any(word in report for word in ("<script", "<link", "<img", 'src="', "@import"))


def test_the_report_has_every_plot(report: str) -> None:
    plots = ["ROC", "calibration", "months", "a slice", "importances", "drift limits"]
    assert report.count("<svg") == len(plots)


def test_the_report_stays_under_a_megabyte(report: str) -> None:
    assert len(report.encode()) < 1_000_000


@pytest.mark.parametrize(
    "content", ["2020-07", "kilometres", "negative kilometres", "minutes halved", "champion", "Promoted"]
)
def test_the_report_shows(report: str, content: str) -> None:
    assert content in report


def test_the_report_of_a_refused_model_says_so() -> None:
    assert "Refused: 1 of" in pages.report(REFUSED, decide(REFUSED, Limits()))


def test_the_report_of_a_short_test_explains_its_limits() -> None:
    assert "gives way by" in pages.report(SHORT, decide(SHORT, Limits()))


def test_the_report_escapes_what_comes_from_the_signature() -> None:
    signature = PASSING.signature.model_copy(update={"label_description": "<b>late</b>"})
    evidence = replace(PASSING, signature=signature)
    assert "&lt;b&gt;late" in pages.report(evidence, decide(evidence, Limits()))


def test_the_report_says_whether_there_was_a_champion_and_why_it_was_not_compared() -> None:
    alone = replace(PASSING, champion=made.champion(None, remark="the frames lack minutes"))
    assert "no champion to beat" in pages.report(PASSING, decide(PASSING, Limits()))
    assert "could not be compared: the frames lack minutes" in pages.report(alone, decide(alone, Limits()))


def test_the_report_gives_precision_and_recall(report: str) -> None:
    assert "57.14% were\n(precision)" in report


def test_instants_are_shown_in_the_time_zone_of_the_months() -> None:
    assert "2020-05-31 20:00 EDT" in _card(PASSING)


def test_the_card_names_what_was_refused() -> None:
    assert "- test AUC: 0.7000, has to be at least 0.7350" in _card(REFUSED)


def test_the_card_counts_the_codes_that_training_did_not_see() -> None:
    assert "| depot_code | 4 |" in _card(PASSING)


def test_every_table_row_of_the_card_has_as_many_cells_as_its_head() -> None:
    tables = [block.splitlines() for block in _card(PASSING).split("\n\n") if block.startswith("|")]
    assert tables
    assert all(len({line.count("|") for line in table}) == 1 for table in tables)

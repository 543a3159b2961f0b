"""What the page on the monitor says in its tables is what the code has."""

from typing import get_args

from serving.detectors.verdicts import Verdict
from serving.monitor.application import STATUSES
from serving.monitor.refusal import Reason
from serving.monitor.settings import MonitorSettings
from serving.monitor.store.windows import FAILED, JUDGED, OPEN, UNJUDGED
from tests.examples.serving.monitoring_page import table


def test_the_page_has_every_setting_with_its_default() -> None:
    documented = {name.lower(): row[0] for name, row in table("setting").items()}
    fields = MonitorSettings.model_fields.items()
    assert documented == {
        name: "" if field.is_required() else _written(field.default) for name, field in fields
    }


def _written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_page_has_every_reason_with_its_status() -> None:
    documented = {reason: row[0] for reason, row in table("reason").items()}
    assert documented == {reason: str(STATUSES.get(reason, 422)) for reason in Reason}


def test_the_page_has_every_state_of_a_window() -> None:
    assert set(table("state")) == {OPEN, JUDGED, FAILED, UNJUDGED}


def test_the_page_has_every_verdict() -> None:
    assert set(table("verdict")) == set(get_args(Verdict))

"""A schedule has a cron expression that Kubeflow takes, and no instant of its own."""

import pytest

from pipelines.parameters import ParameterError
from pipelines.submission.scheduling import cron_expression, refuse_instant


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("0 6 * * *", "0 0 6 * * *"),
        ("*/15 6-18 * * MON-FRI", "0 */15 6-18 * * MON-FRI"),
        ("5 0 6 * * ?", "5 0 6 * * ?"),
    ],
)
def test_the_customary_five_fields_get_a_second(text: str, expression: str) -> None:
    assert cron_expression(text) == expression


@pytest.mark.parametrize("text", ["", "daily", "0 6 * *", "0 0 6 * * * 2027", "0 6 * * mon;rm"])
def test_anything_else_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ParameterError, match=r"cron: .* has not the five or six fields"):
        cron_expression(text)


def test_an_instant_would_be_the_same_for_every_run() -> None:
    with pytest.raises(ParameterError, match="as_of: each run of a schedule finds its own"):
        refuse_instant({"as_of": "2013-10-01"})


def test_an_empty_instant_is_found_by_each_run() -> None:
    refuse_instant({"as_of": "", "epochs": 3})

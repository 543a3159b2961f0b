"""The settings of the monitor: the store that they name is one that it can use, and never shown."""

import pytest
from pydantic import ValidationError

from serving.monitor.settings import MonitorSettings
from serving.settings import explain


def explained(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """What is said of an environment with this store, in which nothing else is wrong."""
    given = {
        "DEPLOYMENT": "parcels",
        "NAMESPACE": "ontime",
        "MODEL_DIRECTORY": "/srv/model",
        "MODEL_HASH": "0" * 64,
        "SPOOL_DIRECTORY": "/var/spool",
        "DATABASE_URL": url,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"ONTIME_MONITOR_{name}", value)
    with pytest.raises(ValidationError) as refused:
        MonitorSettings()
    return explain(refused.value, MonitorSettings)


def test_a_store_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert explained(monkeypatch, "mysql://monitor@store/monitor") == (
        "ONTIME_MONITOR_DATABASE_URL: is the URL of a store of the kind mysql, "
        "known are postgresql and sqlite"
    )


@pytest.mark.parametrize("url", ["hunter2", "postgresql://monitor:a@store:hunter2/monitor"])
def test_what_is_no_url_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert explained(monkeypatch, url) == "ONTIME_MONITOR_DATABASE_URL: is no URL of a database"

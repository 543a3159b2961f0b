"""A replay is served from the published manifest, with stores of its own."""

from pathlib import Path

import pytest
import yaml

from serving.deployment.manifest import manifest
from serving.replay.rehearsal import STORES, with_stores
from tests.examples.serving.model_parts import local_settings, published_model


@pytest.fixture
def published() -> str:
    return yaml.safe_dump(manifest(published_model(), local_settings()))


def test_the_stores_are_the_replays_own(published: str) -> None:
    text = with_stores(published, Path("/replay/online.db"), Path("/replay/monitor.db"))
    assert "sqlite:////srv/" not in text
    assert text.count("sqlite:////replay/online.db") == 1
    assert text.count("sqlite:////replay/monitor.db") == 1


def test_all_else_is_as_it_was_published(published: str) -> None:
    text = with_stores(published, Path("/replay/online.db"), Path("/replay/monitor.db"))
    assert yaml.safe_load(text.replace("/replay/", "/srv/")) == yaml.safe_load(published)


def test_a_manifest_without_the_stores_is_refused(published: str) -> None:
    with pytest.raises(ValueError, match=STORES[0]):
        with_stores(published.replace(STORES[0], "OTHER"), Path("/a"), Path("/b"))

"""Settings are strict: a variable that no field reads is named, others' variables are left alone."""

from typing import ClassVar

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from serving.settings import StrictSettings, explain


class Kiosk(StrictSettings):
    model_config = SettingsConfigDict(env_prefix="KIOSK_")
    others: ClassVar[tuple[str, ...]] = ("KIOSK_PRINTER_",)

    port: int


@pytest.fixture(autouse=True)
def _port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PORT", "80")


def test_a_setting_is_read_from_its_variable() -> None:
    assert Kiosk().port == 80


def test_another_programs_variable_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PRINTER_INK", "low")
    assert Kiosk().port == 80


def test_a_variable_that_nobody_reads_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PROT", "81")
    with pytest.raises(ValidationError) as refusal:
        Kiosk()
    assert explain(refusal.value, Kiosk) == "unknown settings: KIOSK_PROT; known are KIOSK_PORT"


def test_a_wrong_value_is_explained_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PORT", "front")
    with pytest.raises(ValidationError) as refusal:
        Kiosk()
    assert explain(refusal.value, Kiosk).startswith("KIOSK_PORT: Input should be a valid integer")

"""Settings are strict: a variable that no field reads is named, others' variables are left alone."""

from typing import ClassVar

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from serving.settings import SettingsError, StrictSettings, explain

# What a pod is told of a Service `kiosk-front` with the ports `http` and `admin-api`.
SERVICE = {
    "KIOSK_FRONT_SERVICE_HOST": "10.96.0.7",
    "KIOSK_FRONT_SERVICE_PORT": "8000",
    "KIOSK_FRONT_SERVICE_PORT_HTTP": "8000",
    "KIOSK_FRONT_SERVICE_PORT_ADMIN_API": "5001",
    "KIOSK_FRONT_PORT": "tcp://10.96.0.7:8000",
    "KIOSK_FRONT_PORT_8000_TCP": "tcp://10.96.0.7:8000",
    "KIOSK_FRONT_PORT_8000_TCP_PROTO": "tcp",
    "KIOSK_FRONT_PORT_8000_TCP_PORT": "8000",
    "KIOSK_FRONT_PORT_8000_TCP_ADDR": "10.96.0.7",
    "KIOSK_FRONT_PORT_5001_TCP": "tcp://10.96.0.7:5001",
}


class Kiosk(StrictSettings):
    model_config = SettingsConfigDict(env_prefix="KIOSK_")
    others: ClassVar[tuple[str, ...]] = ("KIOSK_PRINTER_",)

    port: int
    prices: dict[str, int] = Field(default_factory=dict)


@pytest.fixture(autouse=True)
def _port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PORT", "80")


def test_a_setting_is_read_from_its_variable() -> None:
    assert Kiosk().port == 80


def test_another_programs_variable_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PRINTER_INK", "low")
    assert Kiosk().port == 80


def test_what_kubernetes_plants_for_a_service_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICE.items():
        monkeypatch.setenv(name, value)
    assert Kiosk().port == 80


@pytest.mark.parametrize(
    "name",
    [
        "KIOSK_FRONT_PROT",
        "KIOSK_FRONT_PORTS",
        "KIOSK_FRONT_PORT_8000",
        "KIOSK_FRONT_PORT_8000_TCP_PROT",
        "KIOSK_FRONT_HOST",
        "KIOSK_BACK_PORT",
        "KIOSK_BACK_SERVICE_PORT",
    ],
)
def test_a_misspelt_setting_is_named_beside_a_service(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {**SERVICE, name: "81"}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as refusal:
        Kiosk()
    assert explain(refusal.value, Kiosk) == f"unknown settings: {name}; known are KIOSK_PORT, KIOSK_PRICES"


def test_a_variable_that_nobody_reads_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PROT", "81")
    with pytest.raises(ValidationError) as refusal:
        Kiosk()
    assert explain(refusal.value, Kiosk) == "unknown settings: KIOSK_PROT; known are KIOSK_PORT, KIOSK_PRICES"


def test_a_wrong_value_is_explained_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PORT", "front")
    with pytest.raises(ValidationError) as refusal:
        Kiosk()
    assert explain(refusal.value, Kiosk).startswith("KIOSK_PORT: Input should be a valid integer")


def test_a_value_that_is_no_json_is_not_shown_but_its_variable_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_PRICES", '{"secret": ')
    with pytest.raises(SettingsError, match=r"^KIOSK_PRICES: the value is not valid JSON$"):
        Kiosk.from_environment()


def test_a_setting_from_a_variable_of_another_name_is_called_by_that(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stall(Kiosk):
        till: int = Field(default=1, validation_alias="SHOP_TILL")

    monkeypatch.setenv("SHOP_TILL", "none")
    with pytest.raises(SettingsError, match=r"^SHOP_TILL: Input should be a valid integer"):
        Stall.from_environment()

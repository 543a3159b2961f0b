"""What cannot be served on this machine is refused before anything starts, in words that name the setting."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from serving.local.settings import LocalSettings
from serving.settings import explain


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "ONTIME_SELDON_EXECUTOR",
        *(f"ONTIME_LOCAL_{part}_PORT" for part in ("REST", "GRPC", "MONITOR")),
    ):
        monkeypatch.delenv(name, raising=False)


def refusal(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        LocalSettings(**given)  # type: ignore[arg-type]
    return explain(refused.value, LocalSettings)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"grpc_port": 8000}, "ONTIME_LOCAL_REST_PORT and ONTIME_LOCAL_GRPC_PORT are both 8000"),
        ({"rest_port": 8080}, "ONTIME_LOCAL_REST_PORT and ONTIME_LOCAL_MONITOR_PORT are both 8080"),
    ],
)
def test_each_public_port_is_another(given: dict[str, object], reason: str) -> None:
    assert refusal(**given) == reason


def test_the_address_is_one_of_this_machine() -> None:
    reason = refusal(host="no.such.host.invalid")
    assert reason.startswith("ONTIME_LOCAL_HOST: 'no.such.host.invalid' is no IPv4 address of this machine")


def test_the_executor_is_a_program_that_can_be_run(tmp_path: Path) -> None:
    program = tmp_path / "executor"
    reason = f"ONTIME_SELDON_EXECUTOR: {program} is no program that can be run"
    assert refusal(executor=program) == reason
    program.touch(mode=0o644)
    assert refusal(executor=program) == reason
    program.chmod(0o755)
    assert LocalSettings(executor=program).executor == program

"""The device is chosen by a parameter."""

import pytest
import torch

from components.train.device import NoDeviceError, choose_device
from components.train.parameters import Device


def test_cuda_asked_for_and_absent_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(NoDeviceError, match="use auto or cpu"):
        choose_device("cuda")


@pytest.mark.parametrize(
    ("wanted", "available", "chosen"),
    [("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_auto_takes_cuda_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, wanted: Device, available: bool, chosen: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert choose_device(wanted).type == chosen

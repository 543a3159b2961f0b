"""On which device a network is trained."""

import torch

from components.train.parameters import Device


class NoDeviceError(RuntimeError):
    """A device was asked for that this machine does not have."""


def choose_device(wanted: Device) -> torch.device:
    """The device of that name; `auto` takes CUDA where there is one.

    Raises NoDeviceError where CUDA is asked for and absent.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise NoDeviceError("device is cuda, but torch finds no CUDA device here; use auto or cpu")
    return torch.device("cuda" if available and wanted != "cpu" else "cpu")

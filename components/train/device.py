"""On which device a network is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread of the CPU.

    A step of a small network is too short to share: a second thread was measured to save nothing, and on
    a busy machine the wait for it made an epoch ten times longer. It also has the same seed give the same
    weights on any number of cores.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

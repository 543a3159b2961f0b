"""An object store of the tests' own that speaks S3: Versity's gateway over a directory."""

import secrets
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving.local.ports import free_ports

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venvs" / "go" / "bin" / "versitygw"
VERSION = tomllib.loads((ROOT / "infra" / "versions.toml").read_text())["tools"]["versitygw"]
INSTALL = f"GOBIN={PROGRAM.parent} go install github.com/versity/versitygw/cmd/versitygw@v{VERSION}"
ACCESS, SECRET = "ontime", "s3cr3t/+key"
STARTED_SECONDS = 20


@dataclass(frozen=True)
class ObjectStore:
    """A running store; its buckets are the directories of `directory`."""

    directory: Path
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> dict[str, str]:
        """The customary variables."""
        return {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}

    def bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"bucket-{secrets.token_hex(4)}"
        (self.directory / name).mkdir()
        return name


@contextmanager
def object_store(directory: Path) -> Iterator[ObjectStore]:
    program = shutil.which(PROGRAM) or shutil.which("versitygw")
    if program is None:
        pytest.skip(f"no S3 server here: {INSTALL}")
    (port,) = free_ports(1)
    store = ObjectStore(directory, port)
    command = [
        program,
        "--access",
        ACCESS,
        "--secret",
        SECRET,
        "--port",
        f"127.0.0.1:{store.port}",
        "--quiet",
    ]
    # Objects' metadata lie beside them, since not every file system keeps attributes.
    sidecar = directory.with_name(f"metadata-of-{directory.name}")
    for each in (directory, sidecar):
        each.mkdir()
    command += ["posix", "--sidecar", str(sidecar), str(directory)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(process, store.port)
            yield store
        finally:
            process.kill()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + STARTED_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the object store did not start")

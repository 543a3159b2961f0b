"""A Redis of the tests' own, behind a password that a careless quoting would break."""

import itertools
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from serving.local.ports import free_ports

PASSWORD = 'p@ss, "1": #$x'
DATABASES = 64


@dataclass
class RedisProcess:
    """A server that keeps nothing on disk: stopped and started again, it is empty."""

    port: int
    process: subprocess.Popen[str] | None = None
    _databases: Iterator[int] = field(default_factory=lambda: iter(range(DATABASES)))

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "save": "",
            "requirepass": PASSWORD,
            "databases": DATABASES,
        }
        given = itertools.chain.from_iterable((f"--{name}", str(value)) for name, value in options.items())
        self.process = subprocess.Popen(
            ["redis-server", *given], stdout=subprocess.PIPE, text=True, cwd=Path("/")
        )
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Ready to accept connections" in line:
                return
        raise RuntimeError("".join(lines))

    def stop(self) -> None:
        """End it at once."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Have it accept connections and answer nothing in this block."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def database(self) -> str:
        """The URL of a database that is still empty."""
        return f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{next(self._databases)}"


@contextmanager
def redis_server() -> Iterator[RedisProcess]:
    if shutil.which("redis-server") is None:
        pytest.skip("no Redis here: apt-get install redis-server")
    (port,) = free_ports(1)
    server = RedisProcess(port)
    server.start()
    try:
        yield server
    finally:
        server.stop()

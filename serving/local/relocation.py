"""Moves a pod's containers to where they can run side by side on one machine: other ports, other paths.

A pod has its own network and its own volumes; here two pods share a machine while one takes over from the
other. So each gets free ports and directories of its own, and everything in its containers that names a port
or a mount is changed to them. Nothing else is: where a value only looks like a port, it stays. In a pod they
listen on every address; here on the one that only this machine reaches.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from serving.local.plan import ContainerPlan, Probe

# A container's scratch directory. It becomes TMPDIR: a value below it is a path of this machine, such as
# that of a model which a test has published.
SCRATCH = "/tmp"  # noqa: S108 - the container's, not this machine's

_LOCAL_URL = re.compile(r"(?P<address>https?://(?:localhost|127\.0\.0\.1):)(?P<port>\d+)(?P<rest>/.*)?")
_PORT_ARGUMENTS = ("--http_port", "--grpc_port")
_PORT_KEYS = ("service_port", "httpPort", "grpcPort")
_GRAPH = "ENGINE_PREDICTOR"
# Where a program reads the one, it reads its address from the other.
_HOSTS = {"ONTIME_NODE_HTTP_PORT": "ONTIME_NODE_HOST", "ONTIME_MONITOR_PORT": "ONTIME_MONITOR_HOST"}
LOOPBACK = "127.0.0.1"

Ports = Mapping[int, int]


def relocated(container: ContainerPlan, ports: Ports, volumes: Mapping[str, Path]) -> ContainerPlan:
    """The container with every port and every path below a mount changed, on this machine's loopback.

    Args:
        container: as in the manifest.
        ports: the new port of each port of the pod.
        volumes: the directory of each volume.
    """
    return replace(
        container,
        command=_command(container.command, ports),
        variables={
            name: _variable(name, value, container, ports, volumes)
            for name, value in container.variables.items()
        }
        | {host: LOOPBACK for port, host in _HOSTS.items() if port in container.variables},
        ports={name: ports[port] for name, port in container.ports.items()},
        startup=_probe(container.startup, ports),
        readiness=_probe(container.readiness, ports),
    )


def _command(command: tuple[str, ...], ports: Ports) -> tuple[str, ...]:
    before = ("", *command)
    return tuple(
        _port(part, ports) if last in _PORT_ARGUMENTS else part
        for last, part in zip(before, command, strict=False)
    )


def _variable(
    name: str, value: str, container: ContainerPlan, ports: Ports, volumes: Mapping[str, Path]
) -> str:
    if name == _GRAPH:
        graph = _graph(json.loads(base64.b64decode(value)), ports)
        return base64.b64encode(json.dumps(graph).encode()).decode()
    if name.endswith("_PORT"):
        return _port(value, ports)
    return _url(_path(value, container, volumes), ports)


def _path(value: str, container: ContainerPlan, volumes: Mapping[str, Path]) -> str:
    for mount, volume in container.mounts.items():
        if mount != SCRATCH and (value == mount or value.startswith(f"{mount}/")):
            return str(volumes[volume]) + value.removeprefix(mount)
    return value


def _url(value: str, ports: Ports) -> str:
    match = _LOCAL_URL.fullmatch(value)
    return value if match is None else match["address"] + _port(match["port"], ports) + (match["rest"] or "")


def _graph(value: Any, ports: Ports) -> Any:
    if isinstance(value, list):
        return [_graph(item, ports) for item in value]
    if isinstance(value, dict):
        return {
            key: ports.get(item, item) if key in _PORT_KEYS else _graph(item, ports)
            for key, item in value.items()
        }
    return _url(value, ports) if isinstance(value, str) else value


def _port(text: str, ports: Ports) -> str:
    return str(ports.get(int(text), text)) if text.isdigit() else text


def _probe(probe: Probe | None, ports: Ports) -> Probe | None:
    return None if probe is None else replace(probe, port=ports.get(probe.port, probe.port))

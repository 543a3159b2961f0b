"""A kubeconfig that leads to servers of this machine, which ask for no credentials."""

import json
from pathlib import Path


def write_kubeconfig(path: Path, servers: dict[str, str], current: str) -> Path:
    """A context for every server; returns the path."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in servers.items()],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "anyone"}} for name in servers],
        "users": [{"name": "anyone", "user": {}}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path

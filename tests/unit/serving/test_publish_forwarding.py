"""A port-forward whose API server takes the connection and never answers."""

import socket
import threading

import pytest
from kubernetes import client

from components.publish.cluster import forwarding
from components.publish.cluster.connection import Connection


def test_an_api_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "LEAVE_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configuration = client.Configuration(host=f"http://127.0.0.1:{silent.getsockname()[1]}")
        connection = Connection(client.ApiClient(configuration), inside=False)

        taken: list[socket.socket] = []

        def forward() -> None:
            with (
                forwarding.forwarded(connection, "ontime", "parcels-1", 9000) as port,
                socket.create_connection(("127.0.0.1", port)),
            ):
                taken.append(silent.accept()[0])

        thread = threading.Thread(target=forward, daemon=True)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()
        for end in taken:
            end.close()

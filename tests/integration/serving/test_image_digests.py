"""Tags are resolved by a real registry (Debian's docker-registry), where this machine has one.

Only what it cannot be made to answer comes from a fake.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests
from requests import Session

from components import image_digests
from components.image_digests import UnknownImageError, with_digest
from components.publish.cluster import target
from serving.local.ports import free_ports
from tests.examples.http_server import Request, http_server
from tests.examples.serving.model_parts import cluster_settings

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {directory}/data}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
# As `htpasswd -B` writes it.
ALICE, ALICE_HASHED = ("alice", "open sesame"), "$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW"
PASSWORDS = """
auth: {{htpasswd: {{realm: the registry, path: {directory}/passwords}}}}
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry"), CONFIGURATION) as host:
        yield host


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that lets in with a password alone."""
    directory = tmp_path_factory.mktemp("guarded")
    (directory / "passwords").write_text(f"{ALICE[0]}:{ALICE_HASHED}\n")
    with real_registry(directory, CONFIGURATION + PASSWORDS) as host:
        yield host


@contextmanager
def real_registry(directory: Path, template: str) -> Iterator[str]:
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        pytest.skip("no registry on this machine (Debian and Ubuntu: docker-registry)")
    [port] = free_ports(1)
    configuration = directory / "config.yml"
    configuration.write_text(template.format(directory=directory, port=port))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(configuration)], stdout=log, stderr=log)
    host = f"127.0.0.1:{port}"
    try:
        _await(host, directory / "log")
        yield host
    finally:
        process.terminate()
        process.wait()


def _await(host: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            requests.get(f"http://{host}/v2/", timeout=1)
        except requests.RequestException:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


def push(host: str, name: str, tag: str, content: str, user: tuple[str, str] | None = None) -> str:
    """Push an image of no layers; returns the digest of its manifest."""
    configuration = json.dumps({"author": content}).encode()
    digest = f"sha256:{hashlib.sha256(configuration).hexdigest()}"
    upload = requests.post(f"http://{host}/v2/{name}/blobs/uploads/", auth=user, timeout=60)
    blob = requests.put(
        upload.headers["Location"],
        params={"digest": digest},
        data=configuration,
        auth=user,
        timeout=60,
    )
    blob.raise_for_status()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "size": len(configuration),
                "digest": digest,
            },
            "layers": [],
        }
    ).encode()
    answer = requests.put(
        f"http://{host}/v2/{name}/manifests/{tag}",
        data=manifest,
        headers={"Content-Type": MANIFEST},
        auth=user,
        timeout=60,
    )
    answer.raise_for_status()
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def resolved(image: str) -> tuple[str, list[str]]:
    said: list[str] = []
    return with_digest(image, said.append), said


def test_a_tag_becomes_the_digest_that_it_means_now(registry: str) -> None:
    digest = push(registry, "team/ontime-serving", "1", "first")
    image = f"{registry}/team/ontime-serving:1"
    by_digest = f"{registry}/team/ontime-serving@{digest}"
    assert resolved(image) == (by_digest, [f"{image} is {by_digest}"])


def test_a_registry_of_this_machine_may_be_called_localhost(registry: str) -> None:
    host = registry.replace("127.0.0.1", "localhost")
    digest = push(registry, "ontime-serving", "local", "first")
    assert resolved(f"{host}/ontime-serving:local")[0] == f"{host}/ontime-serving@{digest}"


def test_a_registry_elsewhere_is_asked_over_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refused(_: Session, url: str, **_options: Any) -> NoReturn:
        asked.append(url)
        raise requests.ConnectionError

    monkeypatch.setattr(Session, "head", refused)
    resolved("registry.example:5000/team/ontime-serving:1")
    assert asked == ["https://registry.example:5000/v2/team/ontime-serving/manifests/1"]


def test_a_tag_that_was_moved_is_another_digest(registry: str) -> None:
    push(registry, "ontime-serving", "moved", "before")
    before, _ = resolved(f"{registry}/ontime-serving:moved")
    push(registry, "ontime-serving", "moved", "after")
    after, _ = resolved(f"{registry}/ontime-serving:moved")
    assert before != after


def test_an_image_that_the_registry_lacks_is_refused(registry: str) -> None:
    with pytest.raises(UnknownImageError, match=r"answers 404 to the question for .*ontime-serving:none"):
        resolved(f"{registry}/ontime-serving:none")


def test_a_reference_by_digest_stays_as_it_is(registry: str) -> None:
    image = f"{registry}/ontime-serving@sha256:{'0' * 64}"
    assert resolved(image) == (image, [])


def test_an_image_of_the_machine_itself_stays_and_that_is_said() -> None:
    image = "localhost/ontime-serving:dev"
    assert resolved(image) == (image, [f"{image} stays as it is: localhost is no registry"])


def test_a_registry_that_is_not_reached_leaves_the_tag_and_that_is_said() -> None:
    [port] = free_ports(1)
    image = f"127.0.0.1:{port}/ontime-serving:dev"
    found, said = resolved(image)
    assert found == image
    assert said == [f"{image} stays as it is: 127.0.0.1:{port} is not reached (ConnectionError)"]


def log_in(directory: Path, host: str, name: str, password: str) -> None:
    """Leave what `docker login` leaves."""
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    (directory / "config.json").write_text(json.dumps({"auths": {host: {"auth": credentials}}}))


@pytest.fixture
def logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a container engine keeps the credentials of registries; none are there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".docker").mkdir()
    return tmp_path / ".docker"


def test_a_registry_that_wants_a_password_is_told_that_of_the_container_engine(
    guarded: str, logins: Path
) -> None:
    digest = push(guarded, "ontime-serving", "1", "first", user=ALICE)
    log_in(logins, guarded, *ALICE)
    assert resolved(f"{guarded}/ontime-serving:1")[0] == f"{guarded}/ontime-serving@{digest}"


@pytest.mark.parametrize("password", ["open barley", None])
def test_a_registry_that_refuses_a_password_or_its_lack_leaves_the_tag_and_that_is_said(
    guarded: str, logins: Path, password: str | None
) -> None:
    if password is not None:
        log_in(logins, guarded, ALICE[0], password)
    image = f"{guarded}/ontime-serving:1"
    assert resolved(image) == (image, [f"{image} stays as it is: {guarded} refuses to show it (401)"])


def test_what_is_deployed_has_both_its_images_by_digest(registry: str) -> None:
    names = ("ontime-serving", "executor")
    tags = {name: f"{registry}/{name}:deployed" for name in names}
    serving, executor = (f"{registry}/{name}@{push(registry, name, 'deployed', name)}" for name in names)
    given = cluster_settings(serving_image=tags["ontime-serving"], executor_image=tags["executor"])
    assert target.pinned(given) == given.model_copy(
        update={"serving_image": serving, "executor_image": executor}
    )


@contextmanager
def fake_registry(status: int, headers: dict[str, str]) -> Iterator[str]:
    """A registry that answers all with this; what asks for a token gets no answer."""

    def answered_head(request: Request) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value.format(host=host))
        request.end_headers()

    def answered_get(_: Request) -> None:
        asked.wait()

    asked = threading.Event()
    with http_server(HEAD=answered_head, GET=answered_get) as host:
        try:
            yield host
        finally:
            asked.set()


@pytest.mark.parametrize("status", [401, 403])
def test_a_registry_that_refuses_leaves_the_tag_and_that_is_said(status: int) -> None:
    with fake_registry(status, {}) as host:
        image = f"{host}/ontime-serving:1"
        assert resolved(image) == (image, [f"{image} stays as it is: {host} refuses to show it ({status})"])


@pytest.mark.parametrize("status", [429, 503])
def test_a_registry_that_does_not_tell_leaves_the_tag_and_that_is_said(status: int) -> None:
    with fake_registry(status, {}) as host:
        image = f"{host}/ontime-serving:1"
        assert resolved(image) == (
            image,
            [f"{image} stays as it is: {host} answers {status}, without a digest"],
        )


def test_a_token_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_digests, "TIMEOUT_SECONDS", 0.2)
    challenge = 'Bearer realm="http://{host}/token",service="registry",scope="repository:x:pull"'
    with fake_registry(401, {"Www-Authenticate": challenge}) as host:
        image = f"{host}/ontime-serving:1"
        found, said = resolved(image)
    assert found == image
    assert said == [f"{image} stays as it is: {host} is not reached (ReadTimeout)"]

"""Which content an image's tag means now, asked of its registry: a tag may mean another one tomorrow.

What refers to an image by digest (the compiled pipeline, the SeldonDeployment) runs what was there when it
was written, whatever is pushed later. The registry is asked as container engines ask it, with the
credentials of their configuration (`~/.docker/config.json`) where there are some, else anonymously.
"""

from collections.abc import Callable
from typing import Any

import requests
from oras.container import Container
from oras.provider import Registry
from requests.adapters import HTTPAdapter

# An index of platforms first: its digest is good for every node.
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
DIGEST = "Docker-Content-Digest"
# Docker Hub is asked at another host than the one that its images are named by.
API_HOSTS = {"docker.io": "registry-1.docker.io"}
TIMEOUT_SECONDS = 10
REFUSALS = {requests.codes.unauthorized, requests.codes.forbidden}
# Where images are that no registry has: those of the machine itself.
UNREGISTERED = "localhost"


class UnknownImageError(ValueError):
    """A registry says that it has no such image."""


def with_digest(image: str, say: Callable[[str], None]) -> str:
    """The reference by digest, or the reference as it is where no registry gives one, which is said.

    A registry that does not show it to us may show it to the cluster, and one that is busy may answer
    later: the tag stays then. Raises UnknownImageError where the registry answers that it has no such image:
    a pod would not get it either.
    """
    if "@" in image:
        return image
    if image.startswith(f"{UNREGISTERED}/"):
        say(f"{image} stays as it is: {UNREGISTERED} is no registry")
        return image
    container = Container(image)
    try:
        response = _answer(container)
    except requests.RequestException as error:
        say(f"{image} stays as it is: {container.registry} is not reached ({type(error).__name__})")
        return image
    if response.status_code == requests.codes.not_found:
        raise UnknownImageError(
            f"{container.registry} answers 404 to the question for {container.uri}: is the reference right?"
        )
    if response.status_code in REFUSALS:
        say(f"{image} stays as it is: {container.registry} refuses to show it ({response.status_code})")
        return image
    if response.status_code != requests.codes.ok or DIGEST not in response.headers:
        said = f"{container.registry} answers {response.status_code}, without a digest"
        say(f"{image} stays as it is: {said}")
        return image
    by_digest = f"{container.registry}/{container.api_prefix}@{response.headers[DIGEST]}"
    say(f"{image} is {by_digest}")
    return by_digest


def _answer(container: Container) -> requests.Response:
    """What the registry says of the manifest; the library's own call tries for minutes."""
    host = API_HOSTS.get(container.registry, container.registry)
    registry = Registry(hostname=host, insecure=_is_on_this_machine(host))
    for scheme in ("http://", "https://"):
        registry.session.mount(scheme, _Limited())
    registry.auth.load_configs(container)
    url = f"{registry.prefix}://{host}/v2/{container.api_prefix}/manifests/{container.tag}"
    headers = {"Accept": ", ".join(MANIFESTS)}
    response = registry.session.head(url, headers=headers)
    if response.status_code not in REFUSALS:
        return response
    headers, changed = _authenticated(registry, response, headers)
    return registry.session.head(url, headers=headers) if changed else response


def _is_on_this_machine(host: str) -> bool:
    """Whether a registry, such as that of a cluster in containers, is asked over HTTP, as engines ask it."""
    name = host.partition(":")[0]
    return name == "localhost" or name.startswith("127.")


def _authenticated(
    registry: Registry, refused: requests.Response, headers: dict[str, str]
) -> tuple[dict[str, str], bool]:
    """The headers of a second question, in the way that the registry asks for, and whether it may help."""
    scheme = refused.headers.get("WWW-Authenticate", "").partition(" ")[0].lower()
    if scheme == "bearer":
        asked: tuple[dict[str, str], bool] = registry.auth.authenticate_request(refused, headers)
        return asked
    # The library would ask a Basic realm, which is a mere name, for a token; nor does it tell what it loaded.
    credentials = getattr(registry.auth, "_basic_auth", None)
    if scheme != "basic" or credentials is None:
        return headers, False
    return {**headers, "Authorization": f"Basic {credentials}"}, True


class _Limited(HTTPAdapter):
    """Waits for no answer longer than it may, the library's own question for a token included."""

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        return super().send(*arguments, **{**options, "timeout": TIMEOUT_SECONDS})

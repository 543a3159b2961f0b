"""Which content an image's tag means now, asked of its registry: a tag may mean another one tomorrow.

What refers to an image by digest (the compiled pipeline, the SeldonDeployment) runs what was there when it
was written, whatever is pushed later. The registry is asked as container engines ask it, with the
credentials of their configuration (`~/.docker/config.json`) where there are some, else anonymously.
"""

from collections.abc import Callable

import requests
from oras.container import Container
from oras.provider import Registry

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
# Where images are that no registry has: those of the machine itself.
UNREGISTERED = "localhost"


class UnknownImageError(ValueError):
    """A registry that answers has no such image, or does not show it to us."""


def with_digest(image: str, say: Callable[[str], None], *, insecure: bool = False) -> str:
    """The reference by digest, or the reference as it is where no registry gives one, which is said.

    `insecure` speaks HTTP instead of HTTPS. Raises UnknownImageError where the registry answers that it has
    no such image, or shows it to others only: a pod would not get it either.
    """
    if "@" in image:
        return image
    if image.startswith(f"{UNREGISTERED}/"):
        say(f"{image} stays as it is: {UNREGISTERED} is no registry")
        return image
    container = Container(image)
    try:
        digest = _digest(container, insecure=insecure)
    except requests.RequestException as error:
        say(f"{image} stays as it is: {container.registry} is not reached ({type(error).__name__})")
        return image
    by_digest = f"{container.registry}/{container.api_prefix}@{digest}"
    say(f"{image} is {by_digest}")
    return by_digest


def _digest(container: Container, *, insecure: bool) -> str:
    host = API_HOSTS.get(container.registry, container.registry)
    registry = Registry(hostname=host, insecure=insecure)
    registry.auth.load_configs(container)
    url = f"{registry.prefix}://{host}/v2/{container.api_prefix}/manifests/{container.tag}"
    response = _asked(registry, url)
    if response.status_code != requests.codes.ok or DIGEST not in response.headers:
        raise UnknownImageError(
            f"{container.registry} answers {response.status_code} to the question for {container.uri}: "
            "is the reference right, and does it need credentials?"
        )
    return str(response.headers[DIGEST])


def _asked(registry: Registry, url: str) -> requests.Response:
    """The answer, with a token where the registry wants one; the library's own call tries for minutes."""
    headers = {"Accept": ", ".join(MANIFESTS)}
    response = requests.head(url, headers=headers, timeout=TIMEOUT_SECONDS)
    if response.status_code not in {requests.codes.unauthorized, requests.codes.forbidden}:
        return response
    headers, changed = registry.auth.authenticate_request(response, headers)
    return requests.head(url, headers=headers, timeout=TIMEOUT_SECONDS) if changed else response

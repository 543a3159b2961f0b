"""Connects to Kubeflow Pipelines with KFP's own client."""

import contextlib
import io
import warnings
from collections.abc import Iterator

import kfp
from kfp.client.set_volume_credentials import ServiceAccountTokenVolumeCredentials
from kfp_server_api import V2beta1GetHealthzResponse

from pipelines.submission.errors import KubeflowError, explained
from pipelines.submission.settings import KubeflowSettings


class Client(kfp.Client):
    """KFP's client, which finds out at once where it cannot connect."""

    def get_kfp_healthz(self, sleep_duration: int = 0) -> V2beta1GetHealthzResponse:  # noqa: ARG002 - KFP's interface
        """Ask once: KFP's own method takes 25 seconds to say that a token is wrong."""
        return self._healthz_api.healthz_service_get_healthz()


def connect(settings: KubeflowSettings) -> Client:
    """A client that has been answered once.

    Raises:
        KubeflowError: It cannot be reached, does not know who asks, or is something else.
    """
    with explained(settings.address), quiet():
        client = Client(
            host=settings.address,
            # KFP takes any but its default for the user's own, which a Kubeflow with one user does not have.
            namespace=settings.profile or "kubeflow",
            existing_token=settings.token.get_secret_value() if settings.token else None,
            credentials=_credentials(settings),
            cookies=settings.cookies.get_secret_value() if settings.cookies else None,
            ssl_ca_cert=str(settings.ca_file) if settings.ca_file else None,
            ui_host=settings.dashboard_address,
        )
        answer = client.get_kfp_healthz()
    if not isinstance(answer, V2beta1GetHealthzResponse) or answer.multi_user is None:
        raise KubeflowError(
            f"{settings.address} answers, but not as Kubeflow Pipelines does: behind a sign-in page it wants "
            "ONTIME_KFP_TOKEN or ONTIME_KFP_COOKIES"
        )
    if answer.multi_user and not settings.profile:
        raise KubeflowError(f"{settings.address} has several users: name yours with --profile")
    return client


def _credentials(settings: KubeflowSettings) -> ServiceAccountTokenVolumeCredentials | None:
    path = settings.credentials_path
    return ServiceAccountTokenVolumeCredentials(path=str(path)) if path else None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep back what KFP's client prints and warns of in this block: this package says it itself."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

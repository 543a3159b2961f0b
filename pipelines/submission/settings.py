"""Where Kubeflow Pipelines is, and as whom it is asked."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar

from kfp.client import KF_PIPELINES_SA_TOKEN_PATH
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from serving.settings import SettingsError, StrictSettings, explain

PREFIX = "ONTIME_KFP_"
# The API's own Service, where the command runs in the cluster itself.
IN_CLUSTER = "http://ml-pipeline.{namespace}.svc.cluster.local:8888"


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", text):
        raise ValueError("an address such as http://localhost:8080 is wanted, without a user or a password")
    return text.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]
Namespace = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]


class KubeflowSettings(StrictSettings):
    """Read from environment variables behind `ONTIME_KFP_`, or given as options; secrets never as options.

    - `host`: the address of the API, or of the dashboard before it; empty inside the cluster.
    - `dashboard`: the address under which a browser finds the dashboard, where it is another one.
    - `profile`: the namespace of a multi-user Kubeflow; empty for a Kubeflow with one user.
    - `system_namespace`: where Kubeflow Pipelines itself runs, and with one user the steps, too.
    - `token`, `token_path`: a bearer token, or the file of one that is renewed while the command runs.
    - `cookies`: the session that a browser has behind Dex, such as `authservice_session=…`.
    - `ca_file`: the certificates to trust, where they are not the system's.
    - `context`: the kubeconfig's context by which the pods of the steps are looked at, where it is not the
      current one.
    - `poll_seconds`: how often a run is asked for.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)
    others: ClassVar[tuple[str, ...]] = ()

    host: Address | None = None
    dashboard: Address | None = None
    profile: Namespace | None = None
    system_namespace: Namespace = "kubeflow"
    token: SecretStr | None = None
    token_path: Path | None = None
    cookies: SecretStr | None = None
    ca_file: Path | None = None
    context: str | None = None
    poll_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0

    @property
    def address(self) -> str:
        """Where the API is asked."""
        return self.host or IN_CLUSTER.format(namespace=self.system_namespace)

    @property
    def dashboard_address(self) -> str:
        """What the links begin with."""
        return self.dashboard or self.address

    @property
    def steps_namespace(self) -> str:
        """Where the pods of the steps are."""
        return self.profile or self.system_namespace

    @property
    def credentials_path(self) -> Path | None:
        """The token's file: the one that is named, or the one that a cluster projects into a notebook."""
        projected = Path(KF_PIPELINES_SA_TOKEN_PATH)
        return self.token_path or (projected if projected.is_file() else None)


def kubeflow_settings(**given: Any) -> KubeflowSettings:
    """The settings of the environment, and before them what is given and not None.

    Raises:
        SettingsError: A setting is unknown or cannot be right, or nothing says where Kubeflow is.
    """
    try:
        settings = KubeflowSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(explain(error, KubeflowSettings)) from None
    if settings.host is None and "KUBERNETES_SERVICE_HOST" not in os.environ:
        raise SettingsError(f"{PREFIX}HOST (or --host): say where Kubeflow Pipelines is, nothing does")
    for name in ("token_path", "ca_file"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            raise SettingsError(f"{PREFIX}{name.upper()}: there is no file {path}")
    return settings

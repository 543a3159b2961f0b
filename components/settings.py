"""The settings of every step: where the feature store, the online store and the published models are."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator
from pydantic_settings import SettingsConfigDict

from serving.object_location import Directory, Endpoint, needs_endpoint
from serving.online_location import SqliteFile, online_location, sqlite_url
from serving.settings import StrictSettings

PREFIX = "ONTIME_"


def _online_store(url: str) -> str:
    location = online_location(url)
    return sqlite_url(location.path) if isinstance(location, SqliteFile) else url


OnlineStoreUrl = Annotated[str, AfterValidator(_online_store)]


class Settings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_`.

    - `feature_store_uri`: the directory or bucket that holds the sets of feature tables.
    - `online_store`: the URL of the online store, `sqlite:///<path>` or `redis://…`.
    - `publish_uri`: the directory that stands for a cluster where there is none.
    - `object_store_endpoint`: the address of an object store that speaks S3, where it is not Amazon's.
    - `publish_deployment`: what of `DeploymentSettings` is another on this cluster, as a JSON object.
    - `publish_timeout`: seconds that a publication to a cluster waits for its roll-out.
    - `publish_patience`: seconds that it waits for an API server or a webhook that is away.
    """

    # The online store's URL may hold a password.
    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)
    others: ClassVar[tuple[str, ...]] = (
        "ONTIME_FETCH_",
        "ONTIME_IMAGE_",
        "ONTIME_KFP_",
        "ONTIME_LOCAL_",
        "ONTIME_MONITOR_",
        "ONTIME_NODE_",
        "ONTIME_ORCHESTRATOR_",
        "ONTIME_SELDON_",
    )

    feature_store_uri: Directory
    online_store: OnlineStoreUrl
    publish_uri: str | None = None
    object_store_endpoint: Endpoint | None = None
    publish_deployment: dict[str, Any] = Field(default_factory=dict)
    publish_timeout: PositiveInt = 900
    publish_patience: PositiveInt = 60

    @model_validator(mode="after")
    def _says_where_the_store_is(self) -> Self:
        if self.object_store_endpoint is None and needs_endpoint(self.feature_store_uri):
            raise ValueError(
                f"ONTIME_FEATURE_STORE_URI={self.feature_store_uri} needs the address of its store in "
                "ONTIME_OBJECT_STORE_ENDPOINT"
            )
        return self

"""What the settings of every program have in common: from the environment, frozen, strict about names."""

import os
import re
from collections.abc import Collection
from typing import ClassVar, Self

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UndecodedError

SERVICE_HOST = "SERVICE_HOST"
# What Kubernetes plants in a pod behind the name of a Service, and so behind our prefix where it begins so.
SERVICE_LINK = re.compile(
    rf"{SERVICE_HOST}|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?"
)


class SettingsError(ValueError):
    """The environment cannot be right; the message is one line that names the variables."""


class StrictSettings(BaseSettings):
    """Read from environment variables behind the `env_prefix` that a subclass gives.

    A variable behind the prefix that no field reads is refused: it is a misspelt one. `others` are longer
    prefixes that belong to other programs; what Kubernetes plants for a Service is nobody's.
    """

    model_config = SettingsConfigDict(frozen=True)
    others: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process; raises SettingsError."""
        try:
            return cls()
        except ValidationError as error:
            # Without pydantic's own account, which shows what the variables hold.
            raise SettingsError(explain(error, cls)) from None
        except UndecodedError as error:
            raise SettingsError(_undecoded(error, cls)) from None

    @model_validator(mode="after")
    def _no_unknown_variable(self) -> Self:
        prefix = self.model_config["env_prefix"]
        known = {prefix + name.upper() for name in type(self).model_fields}
        ours = {name for name in os.environ if name.startswith(prefix) and not name.startswith(self.others)}
        unknown = ours - known - _service_links(os.environ)
        if unknown:
            raise ValueError(
                f"unknown settings: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}"
            )
        return self


def explain(error: ValidationError, settings: type[StrictSettings]) -> str:
    """What is wrong with the environment, in one line that names the variables."""
    prefix = settings.model_config["env_prefix"]
    # A field with an alias is read from that variable, whatever the prefix.
    aliases = {field.validation_alias for field in settings.model_fields.values()}
    reasons = []
    for item in error.errors():
        name = "_".join(map(str, item["loc"]))
        variable = name if name in aliases else prefix + name.upper()
        message = item["msg"].removeprefix("Value error, ")
        reasons.append(f"{variable}: {message}" if name else message)
    return "; ".join(reasons)


def _undecoded(error: UndecodedError, settings: type[StrictSettings]) -> str:
    """Which variable should hold JSON and does not: the library tells of its field in its message only."""
    prefix = settings.model_config["env_prefix"]
    named = [f"{prefix}{name.upper()}" for name in settings.model_fields if f'"{name}"' in str(error)]
    return f"{', '.join(named) or f'a setting behind {prefix}'}: the value is not valid JSON"


def _service_links(names: Collection[str]) -> set[str]:
    """The variables by which Kubernetes tells a pod of the Services in its namespace."""
    services = [name.removesuffix(SERVICE_HOST) for name in names if name.endswith(f"_{SERVICE_HOST}")]
    return {
        name
        for name in names
        for service in services
        if name.startswith(service) and SERVICE_LINK.fullmatch(name, len(service))
    }

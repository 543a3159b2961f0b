"""What the settings of every program have in common: from the environment, frozen, strict about names."""

import os
from typing import ClassVar, Self

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(ValueError):
    """The environment cannot be right; the message is one line that names the variables."""


class StrictSettings(BaseSettings):
    """Read from environment variables behind the `env_prefix` that a subclass gives.

    A variable behind the prefix that no field reads is refused: it is a misspelt one. `others` are longer
    prefixes that belong to other programs.
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

    @model_validator(mode="after")
    def _no_unknown_variable(self) -> Self:
        prefix = self.model_config["env_prefix"]
        known = {prefix + name.upper() for name in type(self).model_fields}
        ours = {name for name in os.environ if name.startswith(prefix) and not name.startswith(self.others)}
        if ours - known:
            raise ValueError(
                f"unknown settings: {', '.join(sorted(ours - known))}; known are {', '.join(sorted(known))}"
            )
        return self


def explain(error: ValidationError, settings: type[StrictSettings]) -> str:
    """What is wrong with the environment, in one line that names the variables."""
    prefix = settings.model_config["env_prefix"]
    reasons = []
    for item in error.errors():
        variable = "_".join(map(str, item["loc"])).upper()
        message = item["msg"].removeprefix("Value error, ")
        reasons.append(f"{prefix}{variable}: {message}" if variable else message)
    return "; ".join(reasons)

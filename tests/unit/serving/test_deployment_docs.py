"""The table of docs/deployment.md has every setting of a deployment with its default, and no other."""

import re
from pathlib import Path

from pydantic import BaseModel

from serving.deployment.settings import Autoscaling, DeploymentSettings, Resources

PAGE = Path(__file__).parents[3] / "docs" / "deployment.md"
ROW = re.compile(r"\| `(?P<name>[a-z_.]+)` \| (?P<default>[^|]+) \| .+ \|")


def documented() -> dict[str, str]:
    section = PAGE.read_text(encoding="utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = [match for line in section.splitlines() if (match := ROW.fullmatch(line))]
    return {row["name"]: row["default"].replace("`", "") for row in rows}


def settings(model: type[BaseModel], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel) and not isinstance(field.default, Resources):
            found |= settings(type(field.default), f"{prefix}{name}.")
        else:
            found[prefix + name] = "required" if field.is_required() else shown(field.default)
    return found


def shown(default: object) -> str:
    if isinstance(default, Resources):
        return f"{default.cpu} to {default.cpu_limit}, {default.memory} to {default.memory_limit}"
    return "none" if default is None else str(default)


def test_the_page_lists_every_setting_with_its_default() -> None:
    assert documented() == settings(DeploymentSettings) | settings(Autoscaling, "autoscaling.")

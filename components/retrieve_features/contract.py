"""The contract that goes with the frames: what the columns mean, and how a server gets their values."""

import shutil
from pathlib import Path

from feature_repo import request, services
from serving.artifact import REGISTRY, SIGNATURE
from serving.signature import Signature


def signature(references: dict[str, list[str]]) -> Signature:
    """The signature of a model that is yet to be trained."""
    return Signature(
        feature_service=services.FEATURE_SERVICE,
        features=services.FEATURES,
        derived=services.DERIVED,
        request_fields=request.FIELDS,
        time_field=request.TIME_FIELD,
        references={name: tuple(codes) for name, codes in references.items()},
        lead_minutes=int(request.LEAD.total_seconds() // 60),
        label=request.LABEL,
        label_description=request.LABEL_DESCRIPTION,
        timezone=request.TIMEZONE,
        slices=request.SLICES,
    )


def write_contract(directory: Path, references: dict[str, list[str]], registry: Path) -> None:
    """Write `signature.json` and a copy of the Feast registry into `directory`."""
    signature(references).write(directory / SIGNATURE)
    shutil.copyfile(registry, directory / REGISTRY)

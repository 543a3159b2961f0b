"""Gives what a person opens after a run a name that says its kind: KFP's artifacts have no suffix."""

import os
from pathlib import Path

from pipelines.local.records import RunRecord

# By the artifact's KFP type, or by its name where KFP has no type for it; a directory keeps its name.
_SUFFIXES = {
    "system.HTML": ".html",
    "system.Markdown": ".md",
    "decision": ".json",
    "manifest": ".yaml",
    "model": "",
}


def link_pages(record: RunRecord) -> dict[str, Path]:
    """Link the pages of a run from its directory as `<step>-<artifact><suffix>`; by `<step> <artifact>`.

    A file gets a second name in the file system: a browser follows a symbolic link to the name without a
    suffix, and shows the source of the page.
    """
    pages = {}
    for step in record.steps:
        for name, artifact in step.artifacts.items():
            suffix = _SUFFIXES.get(artifact.kind, _SUFFIXES.get(name))
            if suffix is not None and artifact.path.exists():
                page = record.directory / f"{step.name}-{name}{suffix}"
                page.unlink(missing_ok=True)
                if artifact.path.is_dir():
                    page.symlink_to(os.path.relpath(artifact.path, page.parent))
                else:
                    page.hardlink_to(artifact.path)
                pages[f"{step.name} {name}"] = page
    return pages

"""References to images, and which of them always mean the same image."""

import re

_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
REFERENCE = re.compile(
    rf"(?:[A-Za-z0-9.-]+(?::\d+)?/)?{_PART}(?:/{_PART})*"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


def fault(image: str) -> str | None:
    """What is wrong with a reference, None where it names one image today and tomorrow."""
    match = REFERENCE.fullmatch(image)
    if match is None:
        return f"image {image!r} is no reference of the form name[:tag][@sha256:digest]"
    # With a digest the tag, even latest, is for people only.
    if match["digest"] is None and match["tag"] in {None, "latest"}:
        return f"image {image!r} has neither a tag other than latest nor a digest"
    return None

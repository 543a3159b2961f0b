"""Takes out of a text what no report may show: passwords in URLs, and the secrets of this program.

What an error of a publication was made from would show them in its traceback: it is raised `from None`.
"""

import os
import re
from collections.abc import Mapping

HIDDEN = "***"
_PASSWORD = re.compile(r"(?P<scheme>[a-zA-Z][\w+.-]*://[^\s:/@]*):(?P<password>[^\s/]+)@")
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|ACCESS_KEY(?!_ID)|CREDENTIAL|ACCOUNT_KEY")
# A shorter value would be found in words that are none.
_SHORTEST = 6


def without_secrets(text: str, environment: Mapping[str, str] | None = None) -> str:
    """The text with every password and every secret value of the environment hidden."""
    variables = os.environ if environment is None else environment
    for name, value in variables.items():
        if _SECRET_NAME.search(name.upper()) and len(value) >= _SHORTEST:
            text = text.replace(value, HIDDEN)
    return _PASSWORD.sub(rf"\g<scheme>:{HIDDEN}@", text)

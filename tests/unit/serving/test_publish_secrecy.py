"""What no report of a publication shows."""

import pytest

from components.publish.cluster.secrecy import without_secrets

PASSWORD = "correct-horse"


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{PASSWORD}@redis:6379/0",
        f"postgresql+psycopg://ontime:{PASSWORD}@postgres/ontime",
        f"postgresql://user:p@{PASSWORD}@postgres/ontime",
    ],
)
def test_the_password_of_a_url_is_hidden(url: str) -> None:
    hidden = without_secrets(f"cannot connect to {url}, retrying", {})
    assert PASSWORD not in hidden
    assert hidden.startswith("cannot connect to ")
    assert hidden.endswith(", retrying")


def test_a_secret_of_the_environment_is_hidden() -> None:
    environment = {"AWS_SECRET_ACCESS_KEY": PASSWORD, "HOME": "/home/somebody"}
    text = f"signature of {PASSWORD} does not match in /home/somebody"
    assert without_secrets(text, environment) == "signature of *** does not match in /home/somebody"


def test_an_address_without_a_password_stays() -> None:
    text = "http://10.0.0.1:9000/models and mail@example.org"
    assert without_secrets(text, {}) == text


def test_who_asks_a_store_is_no_secret() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "ontime", "AWS_SECRET_ACCESS_KEY": PASSWORD}
    assert without_secrets("no right in ontime-models", environment) == "no right in ontime-models"

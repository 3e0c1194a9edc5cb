"""Values that this server holds and that no log may show."""

from __future__ import annotations

import os
import re
from functools import cache
from urllib.parse import unquote, urlsplit

from django.conf import settings

from agents.redact import Redactor
from reviews.services.model_keys import model_keys

_SHORTEST = 8  # shorter values would mask ordinary words
# What people call a variable that holds a secret; *_FILE and the like hold a path instead.
_NAMED = re.compile(
    r"SECRET|TOKEN|PASSW|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|WEBHOOK|DSN"
)
_NO_VALUE = re.compile(r"_(?:FILE|PATH|DIR|URL|HOST|PORT|USER|NAME|ID|TTL|SECONDS)$")


def redactor() -> Redactor:
    """Masks what this process knows, and the shapes of secrets that nobody here knows."""
    return Redactor(known_values())


def without_secrets(words: str) -> str:
    """What a person wrote, with what is a secret beyond doubt masked: it goes to agents, to
    everybody who may see the change, and into the history of the repository."""
    return Redactor(known_values(), settings=False).redact(words)


def known_values() -> list[str]:
    """The server's own keys and passwords, and whatever its environment names like one."""
    own = [settings.SECRET_KEY, *(key for key, _url in model_keys().values())]
    own += [str(settings.DATABASES["default"].get("PASSWORD", ""))]
    return [value for value in {*own, *_of_environment()} if len(value) >= _SHORTEST]


@cache
def _of_environment() -> frozenset[str]:
    named = {
        value
        for name, value in os.environ.items()
        if _NAMED.search(name.upper()) and not _NO_VALUE.search(name.upper())
    }
    return frozenset(named | {_password_in(value) for value in os.environ.values()})


def _password_in(value: str) -> str:
    """The password of an address (postgres://ana:PASSWORD@host); empty when it is none."""
    if "://" not in value or "@" not in value:
        return ""
    try:
        return unquote(urlsplit(value).password or "")
    except ValueError:
        return ""

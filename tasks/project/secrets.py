"""Secrets: passwords that a setting was filled with, kept out of everything that is said, logged or recorded."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

#: What stands for a secret.
HIDDEN = "***"

#: A shorter one would blank out parts of words, and is no secret.
_SHORTEST = 4

#: Whoever takes one of these for a password has none, and messages cannot do without them.
_NO_SECRETS = frozenset(
    {
        "assay",
        "feast",
        "ledger",
        "mlflow",
        "password",
        "postgres",
        "postgresql",
        "prefect",
        "psycopg",
        "secret",
        "sqlite",
    }
)

#: The secrets of this process, in every form in which a library may repeat them.
_known: set[str] = set()

#: User and password of a URL: up to the last `@`, for a password may hold one, and a `/` as well.
_USER = re.compile(r"//\S*@")

_NAMES = r"\w*(?:password|passwd|pwd|passphrase|secret|token|api_?key)"
#: A parameter of a URL, or of a database's connection string.
_PARAMETER = re.compile(rf"(?i)\b({_NAMES}=)('[^']*'|\"[^\"]*\"|[^\s&'\",;)]+)")
#: An entry of a mapping as Python shows it.
_ENTRY = re.compile(rf"(?i)((['\"]){_NAMES}\2:\s*)('[^']*'|\"[^\"]*\")")

_IN_URL = re.compile(r"://[^/\s:@]*:(.*)@")
#: What may end a part of a URL.
_MARK = re.compile(r"[/@:?#&;=\s]")
_MOST_PARTS = 16
_IN_PARAMETER = re.compile(rf"(?i)[?&]{_NAMES}=([^&\s]+)")


def keep_secret(value: str) -> None:
    """From now on `redacted` leaves a value out, wherever it stands and however it is spelt.

    Args:
        value: a password, as it was given or as it stands in a URL; one of fewer than four characters is not kept.
    """
    for form in (value, unquote(value), *_parts(unquote(value))):
        if len(form) >= _SHORTEST and form.lower() not in _NO_SECRETS:
            _known.update((form, quote(form, safe=""), quote(form), repr(form)[1:-1]))


def _parts(secret: str) -> list[str]:
    """What is left of it where a library took one of its marks for the end of a host, a port or a path."""
    marks = [0, *(found.end() for found in _MARK.finditer(secret))][:_MOST_PARTS]
    ends = [*(found.start() for found in _MARK.finditer(secret)), len(secret)][:_MOST_PARTS]
    return [secret[start:end] for start in marks for end in {*ends, len(secret)} if end > start]


def keep_secrets_of(url: str) -> None:
    """The same for the password of a URL and those among its parameters.

    Args:
        url: filled in already.
    """
    for found in (*_IN_URL.findall(url), *_IN_PARAMETER.findall(url)):
        keep_secret(found)


def redacted(text: str) -> str:
    """The text without a secret: none that is known, no user and password of a URL, no parameter named for one.

    Args:
        text: any text.
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _USER.sub(f"//{HIDDEN}@", text)
    return _ENTRY.sub(rf"\1'{HIDDEN}'", _PARAMETER.sub(rf"\1{HIDDEN}", text))

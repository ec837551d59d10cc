"""Database URLs: which ones there are, secrets from the environment, and a form that may be printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from tasks.project.errors import ConfigurationError
from tasks.project.secrets import keep_secrets_of

_PLACE = re.compile(r"\$\{([^}]*)\}")
#: What stands between `://` and the last `@` of the host part, user and password; and the parameters.
_ESCAPED = re.compile(r"(?<=://)[^/?]*(?=@)|\?.*$")
#: The same, also where a password that is written out holds a `/`; and what in it is no port.
_UP_TO_AT = re.compile(r"(?<=://)\S*(?=@)")
_WRITTEN = re.compile(r":(?!\d+/)[^:]")
#: A secret that is written out among the parameters.
_PARAMETER = re.compile(r"(?i)[?&]\w*(?:password|passwd|pwd|passphrase|secret|token|api_?key)=(?!\$\{[^}]*\}(?:&|$))")
_WRITTEN_OUT = (
    "expected the password as ${NAME}, the name of an environment variable, received one written out; this "
    "file is in every evidence bundle: take it out, set the variable, and change the password"
)
_FORMS = "sqlite:///FILE, duckdb:///FILE or postgresql+psycopg://USER:${PASSWORD}@HOST/DATABASE"


class Database(StrEnum):
    """The databases that a source can be."""

    SQLITE = "sqlite"
    DUCKDB = "duckdb"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A database URL, its secrets filled in.

    Attributes:
        database: which database.
        full: the URL to connect with; never printed.
        shown: what messages call the database: no user, no password, no parameters.
        file: the database's file; None for a server.
    """

    database: Database
    full: str = field(repr=False)
    shown: str
    file: Path | None = None


def read_url(url: str, root: Path, environment: Mapping[str, str], key: str = "source.url") -> DatabaseUrl:
    """Fill in and take apart a database URL of `assay.toml`.

    Args:
        url: as it stands there; `${NAME}` is replaced by the environment variable. Before the `@`, and after the
            `?`, the value is escaped, so that a password may hold any character.
        root: the project directory; the paths of files start there.
        environment: the environment's variables.
        key: the setting, for messages.

    Raises:
        ConfigurationError: a variable is missing, the database is not one of ours, or its file does not exist.
    """
    filled = fill(url, environment, key)
    scheme, separator, rest = filled.partition("://")
    name = scheme.partition("+")[0]
    if not separator or not rest or scheme not in {*Database, "postgresql+psycopg"}:
        received = f"one that begins with '{scheme}://'" if separator else "none"
        raise _fault(key, f"expected {_FORMS}, received {received}; correct it")
    if name == Database.POSTGRESQL:
        host = rest.rpartition("@")[2].partition("?")[0]
        return DatabaseUrl(Database.POSTGRESQL, f"postgresql+psycopg://{rest}", f"postgresql://{host}")
    file = root / rest.removeprefix("/")
    if not rest.startswith("/") or not file.is_file():
        raise _fault(
            key,
            f"expected the {name} file {file}, found none; {name}:///FILE starts at the project directory, "
            f"{name}:////FILE at the root of the file system",
        )
    return DatabaseUrl(Database(name), filled, f"{name} file {file}", file)


def fill(url: str, environment: Mapping[str, str], key: str) -> str:
    """The URL with each `${NAME}` replaced by the environment variable; see `read_url`.

    Raises:
        ConfigurationError: a variable is missing.
    """
    missing = sorted({name for name in _PLACE.findall(url) if name not in environment})
    if missing:
        names = ", ".join(missing)
        raise _fault(key, f"expected the environment variable {names}, which the url names, found none; set it")
    url = _ESCAPED.sub(lambda part: _PLACE.sub(lambda place: quote(environment[place[1]], safe=""), part[0]), url)
    filled = _PLACE.sub(lambda place: environment[place[1]], url)
    keep_secrets_of(filled)
    return filled


def without_password(url: str) -> str:
    """The URL, if no password is written out in it: `assay.toml` is in every evidence bundle.

    Raises:
        ValueError: there is one; the message does not repeat it.
    """
    if any(_WRITTEN.search(_PLACE.sub("", user)) for user in _UP_TO_AT.findall(url)) or _PARAMETER.search(url):
        raise ValueError(_WRITTEN_OUT)
    return url


def _fault(key: str, sentence: str) -> ConfigurationError:
    return ConfigurationError("assay.toml", [f"{key}: {sentence}"])

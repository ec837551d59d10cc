"""Reading a TOML file into a typed model, with every fault of the file in one error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tasks.project.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path, model: type[Model]) -> Model:
    """Parse and validate a TOML file.

    Args:
        path: the file.
        model: the pydantic model that it must fit.

    Raises:
        ConfigurationError: missing, not UTF-8, not TOML, or not of the model's form; all faults together.
    """
    content = parse_toml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(str(path), [fault(detail) for detail in error.errors()]) from error


def parse_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file.

    Raises:
        ConfigurationError: missing, not UTF-8, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        fault = (
            "expected this file, found none; name the right directory with --project, or make one: copy assay.toml, "
            "feature_repo/ and expectations/ of the built-in project and change what differs"
        )
        raise ConfigurationError(str(path), [fault]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), [f"expected TOML in UTF-8, but: {error}"]) from error


def fault(detail: ErrorDetails) -> str:
    """One fault that pydantic found, in a sentence that says where it is."""
    where = ".".join(str(part) for part in detail["loc"]) or "the file"
    match detail["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; remove it or correct its spelling"
        case "missing":
            return f"{where}: expected a value, found none; add the key"
        case "value_error":
            return f"{where}: {detail['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{where}: {detail['msg']}, received {detail['input']!r}"

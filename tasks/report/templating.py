"""Templates: one strict environment for pages; whatever comes from data is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def page_environment() -> Environment:
    """The environment of HTML pages: everything is escaped, and a name that a template does not know is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("tasks.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )

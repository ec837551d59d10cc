"""Markdown from templates: whatever comes from data is text, whatever it looks like."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

#: Characters that Markdown gives a meaning, in CommonMark and in tables; HTML's own are escaped before.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#|~^$!])")
#: What begins a list, a quotation or a rule when it stands first.
_AT_START = re.compile(r"^([-+=]|\d+(?=[.)](?:\s|$)))")


def markdown_text(value: object) -> str:
    """One line of Markdown that shows a value as it is: no markup, no HTML, no line break.

    Args:
        value: anything; its text is used.
    """
    line = " ".join(str(value).split())
    text = _SPECIAL.sub(r"\\\1", line)
    # '1.' at the start would be a list, and a digit cannot be escaped: its dot is.
    text = _AT_START.sub(lambda found: f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}", text)
    # Quotes are no markup between tags, and a card is read as it is, too.
    return html.escape(text, quote=False)


@cache
def markdown_environment() -> Environment:
    """The environment of Markdown files: every value is escaped for Markdown and for HTML, unknown names are errors."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # `finalize` escapes every value; what it returns, and what a macro returns, is not escaped a second time.
    return Environment(
        loader=PackageLoader("tasks.report"),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else Markup(markdown_text(value)),  # noqa: S704
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

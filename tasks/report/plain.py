"""Plain text for a terminal or a picture: nothing in a name can act."""

from __future__ import annotations

import unicodedata

#: Control, format (right-to-left overrides among them), surrogate, private, line and paragraph separator.
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def plain(text: str) -> str:
    """The text on one line, with each character that a terminal might obey replaced by a space or U+FFFD.

    Args:
        text: any text, names that come from data among it.
    """
    return "".join(_shown(character) for character in text).strip()


def shorten(text: str, width: int) -> str:
    """The text in at most `width` characters, its middle left out: names differ at their ends.

    Args:
        text: any text.
        width: at least 3.
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def _shown(character: str) -> str:
    if character in "\t\n\r":
        return " "
    return "\ufffd" if unicodedata.category(character) in _NOT_SHOWN else character

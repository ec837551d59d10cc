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


def lines(text: str) -> str:
    """The text with its line breaks, each of its lines as `plain` has it, and as far indented as before."""
    return "\n".join(line[: len(line) - len(line.lstrip(" "))] + plain(line) for line in text.split("\n"))


def inert_json(text: str) -> str:
    """JSON in which each character that a terminal might obey is an escape; what is read of it is the same.

    Args:
        text: JSON on one line, or on several.
    """
    return "".join(_escaped(character) for character in text)


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


def _escaped(character: str) -> str:
    if character in "\n" or unicodedata.category(character) not in _NOT_SHOWN:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def _shown(character: str) -> str:
    if character in "\t\n\r":
        return " "
    return "\ufffd" if unicodedata.category(character) in _NOT_SHOWN else character

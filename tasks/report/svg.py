"""SVG as it may stand inside a page: no ids that collide, no styles that leak, every text escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markupsafe import Markup

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT_FAMILY = re.compile(r"font-family:[^;]*;?\s*")


def inline_svg(content: str, key: str, label: str) -> Markup:
    """Turn a whole SVG file, as matplotlib writes it, into an element for an HTML page.

    Args:
        content: the file.
        key: unique on the page; every id that is used becomes `key-id`, every other id goes.
        label: what the picture shows, for who cannot see it.

    Returns:
        One `<svg>` element that scales with its place; text stays text, in the font of the page.
    """
    root = ElementTree.fromstring(content)  # noqa: S314  our own drawing, not a file from outside
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in list(root.iter()):
        if element.tag in (f"{{{_SVG}}}style", f"{{{_SVG}}}metadata"):
            parents[element].remove(element)
    used = _used_ids(root)
    for element in root.iter():
        _adapt(element, key, used)
    root.attrib.pop("height", None)
    root.attrib |= {"role": "img", "aria-label": label, "width": "100%"}
    # A prefix would be taken literally by an HTML parser, so the namespaces go: `<svg>` brings its own.
    return Markup(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704


def _used_ids(root: ElementTree.Element) -> set[str]:
    references = (element.get(_HREF, "") for element in root.iter())
    used = {reference.removeprefix("#") for reference in references if reference.startswith("#")}
    for element in root.iter():
        for value in (element.get("style", ""), element.get("clip-path", "")):
            used |= set(_REFERENCE.findall(value))
    return used


def _adapt(element: ElementTree.Element, key: str, used: set[str]) -> None:
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    if _HREF in element.attrib:
        reference = element.attrib.pop(_HREF)
        # A reference within the drawing, or a picture that it carries with it; nothing is fetched from outside.
        if reference.startswith("#"):
            element.set("href", f"#{key}-{reference.removeprefix('#')}")
        elif reference.startswith("data:image/png;base64,"):
            element.set("href", reference)
    name = element.attrib.pop("id", None)
    if name in used:
        element.set("id", f"{key}-{name}")
    for attribute in ("style", "clip-path"):
        value = element.get(attribute)
        if value:
            value = _FONT_FAMILY.sub("", value)
            element.set(attribute, _REFERENCE.sub(lambda found: f"url(#{key}-{found[1]})", value))
    if element.tag == "path":
        element.set("d", " ".join(element.get("d", "").split()))

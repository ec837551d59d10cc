"""A picture inside a page has no id, style or text that could reach beyond it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tasks.report.svg import inline_svg

PICTURE = """<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200pt" height="100pt"
     viewBox="0 0 200 100">
 <metadata><note>made by a tool</note></metadata>
 <defs><style>* { stroke-linecap: butt }</style><clipPath id="clip"><rect width="9" height="9"/></clipPath>
  <path id="tick" d="M 0 0
L 0 3"/></defs>
 <g id="figure_1"><g clip-path="url(#clip)"><use xlink:href="#tick" style="fill: red; stroke: url(#clip)"/></g>
  <text style="font-family: 'DejaVu Sans'; font-size: 10px">a &lt;b&gt; &amp; c</text></g>
</svg>"""


def drawn(key: str = "k1", label: str = "A picture.") -> str:
    return str(inline_svg(PICTURE, key, label))


def test_it_is_one_element_without_a_prefix_that_scales_and_says_what_it_shows():
    root = ElementTree.fromstring(drawn(label="Shares"))  # noqa: S314  our own
    assert (root.tag, root.get("role"), root.get("aria-label"), root.get("width")) == ("svg", "img", "Shares", "100%")
    assert root.get("height") is None
    assert root.get("viewBox") == "0 0 200 100"
    assert not re.search(r"<\?xml|xmlns|xlink|ns0:", drawn())


def test_an_id_that_is_used_is_named_by_its_key_and_any_other_goes():
    picture = drawn("k7")
    assert re.findall(r'\bid="([^"]*)"', picture) == ["k7-clip", "k7-tick"]
    assert re.findall(r'href="([^"]*)"', picture) == ["#k7-tick"]
    assert set(re.findall(r"url\(([^)]*)\)", picture)) == {"#k7-clip"}


def test_two_pictures_of_one_page_share_no_id():
    ids = [set(re.findall(r'\bid="([^"]*)"', drawn(key))) for key in ("a", "b")]
    assert ids[0].isdisjoint(ids[1])


def test_styles_and_metadata_that_would_reach_the_page_are_left_out():
    picture = drawn()
    assert "<style" not in picture
    assert "made by a tool" not in picture
    assert "font-family" not in picture
    assert "font-size: 10px" in picture


@pytest.mark.parametrize("label", ['"><script>alert(1)</script>', '" onload="alert(1)', "a & b <c>"])
def test_text_and_label_stay_text(label: str):
    root = ElementTree.fromstring(drawn(label=label))  # noqa: S314  our own
    assert root.get("aria-label") == label
    assert root.get("onload") is None
    assert {element.tag for element in root.iter()} == {"svg", "defs", "clipPath", "rect", "path", "g", "use", "text"}
    assert root.findtext(".//text") == "a <b> & c"


def test_a_path_is_on_one_line():
    assert 'd="M 0 0 L 0 3"' in drawn()

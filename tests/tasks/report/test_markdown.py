"""Whatever comes from data is text in a Markdown file."""

import pytest

from tasks.report.markdown import markdown_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a_b | c", r"a\_b \| c"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("# h", r"\# h"),
        ("- item", r"\- item"),
        ("1. item", r"1\. item"),
        ("12) item", r"12\) item"),
        ("0.897", "0.897"),
        ("-0.5", r"\-0.5"),
        ("two\n\nlines", "two lines"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("back\\slash `code`", r"back\\slash \`code\`"),
        (3, "3"),
    ],
)
def test_what_means_something_to_markdown_is_escaped(value: object, expected: str):
    assert markdown_text(value) == expected

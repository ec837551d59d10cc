"""Nothing in a name can act."""

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tasks.report.plain import inert_json, lines, plain, shorten


@given(st.text())
def test_no_character_that_a_terminal_might_obey_is_left(text: str):
    assert not {unicodedata.category(c) for c in plain(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(), st.integers(3, 40))
def test_shortened_text_fits_and_short_text_stays(text: str, width: int):
    short = shorten(text, width)
    assert len(short) <= width
    assert len(text) > width or short == text


def test_both_ends_stay():
    assert shorten("missed_payments_last_12m", 11) == "misse…t_12m"


@given(st.text())
def test_lines_stay_and_nothing_else_that_a_terminal_might_obey(text: str):
    said = lines(text)
    assert not {unicodedata.category(c) for c in said.replace("\n", "")} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert said.count("\n") == text.count("\n")


def test_lines_keep_their_indentation():
    assert lines("assay.toml: 1 fault\n  - \x1b[2Jexpected") == "assay.toml: 1 fault\n  - \ufffd[2Jexpected"


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_json_that_cannot_steer_a_terminal_is_read_as_what_it_was(content: object):
    """An escape sequence may begin with one character (U+009B), which JSON itself leaves as it is."""
    said = inert_json(json.dumps(content, ensure_ascii=False))
    assert not {unicodedata.category(c) for c in said} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert json.loads(said) == content

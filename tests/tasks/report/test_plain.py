"""Nothing in a name can act."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tasks.report.plain import plain, shorten


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

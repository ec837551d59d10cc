import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.evidence.strength import Strength
from tasks.evidence.wording import evidence_words


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_evidence_without_a_finite_figure_is_refused(value: float):
    """A stream that has seen nothing has a logarithm of -inf; whoever tells of it must give it a floor."""
    with pytest.raises(ValidationError):
        Strength(log10_value=value, log10_threshold=3.0)


@settings(deadline=None, derandomize=True)
@given(st.floats(-99, 300), st.floats(0, 10))
def test_what_is_stored_comes_back_to_the_last_bit(value: float, threshold: float):
    strength = Strength(log10_value=value, log10_threshold=threshold)
    assert Strength.model_validate_json(strength.model_dump_json()) == strength


@pytest.mark.parametrize(
    ("value", "words"),
    [(3.0, "1.0 times"), (2.0, "0.1 times"), (-99.0, "0.0 times"), (4.5, "32 times"), (8.9, "794,328 times"),
     (9.0, "over a million times"), (260.0, "over a million times")],
)  # fmt: skip
def test_evidence_is_said_as_a_multiple_of_what_an_alarm_takes(value: float, words: str):
    assert evidence_words(Strength(log10_value=value, log10_threshold=3.0)) == words

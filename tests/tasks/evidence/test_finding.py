import math

import pytest
from pydantic import ValidationError

from tasks.evidence.finding import Finding, Outcome, worst
from tasks.evidence.interval import Interval


def finding(**fields: object) -> Finding:
    return Finding.model_validate({"code": "c", "subject": "s", "outcome": "pass", "sentence": "x", **fields})


def test_a_pass_needs_an_estimate():
    with pytest.raises(ValidationError, match="not a pass"):
        finding()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_figure_is_nan_or_infinite(value: float):
    """NaN compares false with every limit, so it must never reach a comparison."""
    with pytest.raises(ValidationError):
        finding(estimate=value)


def test_an_interval_is_ordered():
    with pytest.raises(ValidationError, match="low <= high"):
        Interval(low=1, high=0, level=0.95)


def test_the_worst_outcome_decides_and_silence_is_an_error():
    assert worst([Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE]) is Outcome.FAIL
    assert worst([Outcome.PASS, Outcome.NOT_APPLICABLE]) is Outcome.PASS
    assert worst([]) is Outcome.ERROR


def test_a_finding_survives_its_file():
    whole = finding(estimate=0.1, interval=Interval(low=0, high=0.2, level=0.95), limit=0.3, unit="share", n=10)
    assert Finding.model_validate_json(whole.model_dump_json()) == whole

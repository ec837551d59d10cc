import pytest

from tasks.evidence.finding import Outcome
from tasks.evidence.interval import Interval
from tasks.stats.verdict import against_maximum, against_minimum, against_range

LOW, ACROSS, HIGH = (Interval(low=a, high=a + 0.2, level=0.95) for a in (0.1, 0.4, 0.6))


@pytest.mark.parametrize(
    ("interval", "minimum", "maximum"),
    [
        (LOW, Outcome.FAIL, Outcome.PASS),
        (ACROSS, Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE),
        (HIGH, Outcome.PASS, Outcome.FAIL),
    ],
)
def test_only_an_interval_wholly_on_the_right_side_passes(interval: Interval, minimum: Outcome, maximum: Outcome):
    assert against_minimum(interval, 0.5) is minimum
    assert against_maximum(interval, 0.5) is maximum


def test_a_range_passes_inside_and_fails_wholly_outside():
    assert against_range(ACROSS, 0.3, 0.7) is Outcome.PASS
    assert against_range(ACROSS, 0.5, 0.7) is Outcome.INCONCLUSIVE
    assert against_range(LOW, 0.5, 0.7) is Outcome.FAIL
    assert against_range(HIGH, 0.1, 0.5) is Outcome.FAIL

import pytest

from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, percent, plain, points, rows, value


def test_a_zero_has_no_sign():
    assert plain(-0.001) == "0.00"
    assert plain(-0.01) == "-0.01"


def test_figures_read_as_a_person_writes_them():
    assert percent(0.1234) == "12.3%"
    assert points(-0.05) == "-5.0 points"
    assert between(Interval(low=0.268, high=0.351, level=0.95)) == "[0.27, 0.35]"
    assert between(Interval(low=0.268, high=0.351, level=0.95), 1, 100) == "[26.8, 35.1]"
    assert (rows(1), rows(12_000)) == ("1 row", "12,000 rows")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (8842.3, "8,842"), (0.25412, "0.254"), (-3.0, "-3"), (0, "0"), (2e9, "2e+09"),
        (999.4, "999"), (999.7, "1,000"), (-999.7, "-1,000"),
    ],
)  # fmt: skip
def test_values_are_short(number: float, text: str):
    assert value(number) == text

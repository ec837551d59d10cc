"""An exhibit that cannot be drawn cannot be made: the check that tries has an error, not the page."""

import pytest

from tasks.evidence.exhibit import BarChart, Line, Series


def test_bars_need_a_value_or_a_gap_for_every_label():
    with pytest.raises(ValueError, match="2 labels but 1 values"):
        BarChart(title="t", unit="u", labels=("a", "b"), series=(Series(name="s", values=(1.0,)),))
    BarChart(title="t", unit="u", labels=("a", "b"), series=(Series(name="s", values=(1.0, None)),))


@pytest.mark.parametrize("columns", [{"y": ()}, {"y": (1.0, 2.0), "low": (1.0,)}, {"y": (1.0, 2.0), "high": (1.0,)}])
def test_a_line_needs_as_many_values_as_places(columns: dict[str, tuple[float, ...]]):
    with pytest.raises(ValueError, match="2 places but"):
        Line(name="l", x=(0.0, 1.0), **columns)


def test_a_line_needs_no_band():
    assert Line(name="l", x=(0.0, 1.0), y=(0.0, 1.0)).low == ()

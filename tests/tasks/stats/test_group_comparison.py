import numpy as np
import pandas as pd

from tasks.stats.group_comparison import ScoredTwice, compare_beside
from tasks.stats.protected_groups import Grouping, groupings


def scored(n: int, seed: int, spoiled: float = 0.0) -> tuple[Grouping, ScoredTwice]:
    """Rows of A, B and a handful of C; under the second model the scores of B are spoiled."""
    rng = np.random.default_rng(seed)
    origin = np.where(np.arange(n) < 10, "C", np.where(rng.random(n) < 0.3, "B", "A")).astype(object)
    truth = rng.beta(2, 2, n)
    worse = np.where(origin == "B", spoiled, 0.0)
    scores = np.stack([truth, (1 - worse) * truth + worse * rng.random(n)])
    label = (rng.random(n) < truth).astype(np.int8)
    (grouping,) = groupings(pd.DataFrame({"origin": origin}))
    return grouping, ScoredTwice(label, ("champion", "challenger"), scores, scores >= 0.5)


def test_what_moved_is_said_of_the_group_that_moved_most():
    text, charts = compare_beside(*scored(6000, 0, spoiled=0.9), 30, 0)
    assert "the positive predictive value of origin=B moved by -" in text
    assert "against that of origin=A" in text
    assert "its AUC from" in text
    assert [chart.title for chart in charts] == [
        "origin: positive predictive value",
        "origin: AUC",
        "origin: observed share less mean score",
    ]
    for chart in charts:
        assert [series.name for series in chart.series] == ["champion", "challenger"]
        assert chart.series[0].values[2] is None


def test_the_interval_holds_no_move_where_there_is_none():
    text, _ = compare_beside(*scored(6000, 1), 30, 0)
    assert "moved by 0.0 points [0.0, 0.0]" in text


def test_the_seed_decides():
    rows = scored(3000, 2, spoiled=0.3)
    assert compare_beside(*rows, 30, 5) == compare_beside(*rows, 30, 5)
    assert compare_beside(*rows, 30, 5) != compare_beside(*rows, 30, 6)


def test_too_few_rows_and_nobody_selected_say_so():
    few, rows = scored(60, 3)
    text, charts = compare_beside(few, rows, 100, 0)
    assert "no second group is large enough" in text
    assert charts[0].series[0].values == (None, None, None)
    grouping, made = scored(600, 4)
    nobody = ScoredTwice(made.label, made.names, made.scores, np.zeros((2, 600), dtype=bool))
    assert "no second group is large enough" in compare_beside(grouping, nobody, 30, 0)[0]

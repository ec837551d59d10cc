from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_score, roc_auc_score

from tasks.stats.group_metrics import GroupMetric, group_auc, group_calibration, metric, resample, tabulate

SIZES = (2, 5)
THEIRS = {
    GroupMetric.SELECTION: selection_rate,
    GroupMetric.TRUE_POSITIVE: true_positive_rate,
    GroupMetric.FALSE_POSITIVE: false_positive_rate,
    GroupMetric.PREDICTIVE_VALUE: precision_score,
    GroupMetric.ACCURACY: accuracy_score,
    GroupMetric.BASE_RATE: lambda y_true, y_pred: float(np.mean(y_true)),
}


class Rows:
    """Rows of two attributes under two models."""

    def __init__(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.codes = [rng.integers(0, 2, n), rng.choice(5, n, p=[0.5, 0.2, 0.15, 0.1, 0.05])]
        truth = rng.beta(2, 3, n) * (1 - 0.2 * (self.codes[0] == 1))
        self.label = (rng.random(n) < truth).astype(np.int8)
        self.scores = np.clip(np.stack([truth + rng.normal(0, 0.1, n), truth + rng.normal(0, 0.2, n)]), 0, 1)
        self.decisions = self.scores >= 0.45

    def frame(self, which: Any, model: int, attributes: slice) -> Any:
        names = ["sex", "origin"][attributes]
        features = pd.DataFrame(dict(zip(names, self.codes[attributes], strict=True)))
        return MetricFrame(
            metrics=which, y_true=self.label, y_pred=self.decisions[model].astype(int), sensitive_features=features
        )


ROWS = Rows(6000, 0)


@pytest.mark.parametrize("which", GroupMetric)
@pytest.mark.parametrize("model", [0, 1])
def test_every_measure_is_fairlearns_by_attribute_intersection_and_overall(which: GroupMetric, model: int):
    counts = tabulate(ROWS.codes, SIZES, ROWS.label, list(ROWS.decisions)).sum(axis=-1 if model == 0 else -2)
    both = ROWS.frame(THEIRS[which], model, slice(0, 2))
    assert metric(counts, which).ravel() == pytest.approx(both.by_group.to_numpy(float), abs=1e-9)
    assert metric(counts.sum(axis=(0, 1)), which) == pytest.approx(both.overall, abs=1e-9)
    for axis, attribute in ((1, slice(0, 1)), (0, slice(1, 2))):
        one = ROWS.frame(THEIRS[which], model, attribute)
        assert metric(counts.sum(axis=axis), which) == pytest.approx(one.by_group.to_numpy(float), abs=1e-9)


def test_auc_and_calibration_by_group_are_those_of_sklearn_and_of_the_rows():
    frame = MetricFrame(
        metrics={"auc": roc_auc_score, "gap": lambda y_true, y_pred: float(np.mean(y_true) - np.mean(y_pred))},
        y_true=ROWS.label,
        y_pred=ROWS.scores[1],
        sensitive_features=ROWS.codes[1],
    )
    aucs = group_auc(ROWS.codes[1], 5, ROWS.label, ROWS.scores)
    assert [pair.auc[1] for pair in aucs if pair] == pytest.approx(frame.by_group["auc"].to_list(), abs=1e-9)
    gaps = group_calibration(ROWS.codes[1], 5, ROWS.label, ROWS.scores[1])
    assert [gap.value for gap in gaps if gap] == pytest.approx(frame.by_group["gap"].to_list(), abs=1e-9)


def test_rows_without_a_group_are_left_out_and_too_few_rows_have_no_figure():
    codes, label, score = (
        np.array([0, 0, 0, 0, 1, 2, 2]),
        np.array([0, 1, 0, 1, 1, 0, 1], np.int8),
        np.linspace(0, 1, 7),
    )
    pairs = group_auc(codes, 2, label, score[np.newaxis])
    gaps = group_calibration(codes, 2, label, score)
    assert pairs[0] is not None
    assert gaps[0] is not None
    assert gaps[0].n == 4
    assert pairs[1] is gaps[1] is None


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.booleans()), max_size=60))
def test_a_table_counts_every_row_once_and_its_measures_are_shares(rows: list[tuple[int, bool, bool]]):
    group, label, chosen = (np.array([row[i] for row in rows], dtype=int) for i in range(3))
    counts = tabulate([group], [3], label, [chosen.astype(bool)])
    assert counts.sum() == len(rows)
    for which in GroupMetric:
        rates = metric(counts, which)
        assert ((rates >= 0) & (rates <= 1) | np.isnan(rates)).all()
    assert np.isnan(metric(counts, GroupMetric.SELECTION)).tolist() == [not (group == i).any() for i in range(3)]


def test_a_code_out_of_its_range_is_refused():
    with pytest.raises(ValueError):
        tabulate([np.array([3])], [3], np.array([0]), [np.array([True])])


def test_replicates_spread_as_those_of_drawn_rows():
    """The multinomial draw of cells and fairlearn's draw of rows: the same standard error, group by group."""
    small = Rows(1500, 1)
    counts = tabulate([small.codes[1]], [5], small.label, [small.decisions[0]])
    drawn = metric(resample(counts, 2000, 0), GroupMetric.TRUE_POSITIVE)
    rng, theirs = np.random.default_rng(1), []
    for _ in range(800):
        rows = rng.integers(0, 1500, 1500)
        again = tabulate([small.codes[1][rows]], [5], small.label[rows], [small.decisions[0][rows]])
        theirs.append(metric(again, GroupMetric.TRUE_POSITIVE))
    assert np.nanstd(drawn, axis=0) == pytest.approx(np.nanstd(theirs, axis=0), rel=0.12)
    assert np.nanmean(drawn, axis=0) == pytest.approx(metric(counts, GroupMetric.TRUE_POSITIVE), abs=0.01)


def test_replicates_keep_the_rows_and_the_seed_decides():
    counts = tabulate(ROWS.codes, SIZES, ROWS.label, [ROWS.decisions[0]])
    drawn = resample(counts, 5, 7)
    assert drawn.shape == (5, *counts.shape)
    assert (drawn.sum(axis=(1, 2, 3, 4)) == 6000).all()
    assert np.array_equal(drawn, resample(counts, 5, 7))
    assert not np.array_equal(drawn, resample(counts, 5, 8))


def test_nothing_to_draw_from_is_refused():
    with pytest.raises(ValueError, match="table with rows"):
        resample(np.zeros((2, 2, 2), np.int64), 5, 0)

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tasks.explain.ensembles import CODES, read_ensemble
from tasks.project.errors import AttributionMismatch


def _sample(rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    matrix = np.column_stack([rng.normal(size=rows), rng.integers(0, 6, rows)])
    return matrix, (matrix[:, 0] + np.isin(matrix[:, 1], [1, 4]) * 3 + rng.normal(size=rows) > 1).astype(int)


@pytest.mark.parametrize(
    "model",
    [
        HistGradientBoostingClassifier(max_iter=5),
        GradientBoostingClassifier(n_estimators=5),
        RandomForestClassifier(5, max_depth=4),
        DecisionTreeClassifier(max_depth=4),
    ],
)
def test_the_leaves_weighed_by_their_cover_make_the_mean_margin_of_the_training_rows(model):  # noqa: ANN001
    matrix, labels = _sample()
    if isinstance(model, RandomForestClassifier):
        model.set_params(bootstrap=False)
    model.fit(matrix, labels)
    ensemble = read_ensemble(model)
    leaf = ensemble.left < 0
    trees = np.searchsorted(ensemble.starts, np.flatnonzero(leaf), side="right") - 1
    shares = ensemble.cover[leaf] / ensemble.cover[ensemble.starts[trees]]
    margins = (
        model.decision_function(matrix) if hasattr(model, "decision_function") else model.predict_proba(matrix).T[1]
    )
    assert ensemble.offset + shares @ ensemble.value[leaf] == pytest.approx(margins.mean(), abs=1e-9)
    assert ensemble.columns == 2


def test_a_categorical_split_is_the_set_of_codes_that_go_left_and_unseen_ones_go_like_missing():
    matrix, labels = _sample()
    model = HistGradientBoostingClassifier(max_iter=1, categorical_features=[1]).fit(matrix, labels)
    ensemble = read_ensemble(model)
    assert ensemble.categorical.tolist() == [True, False]
    assert np.flatnonzero(ensemble.known[0]).tolist() == [0, 1, 2, 3, 4, 5]
    at = np.flatnonzero(ensemble.category_set >= 0)
    assert len(at)
    for node in at:
        chosen = ensemble.sets[ensemble.category_set[node]]
        assert chosen[CODES] == chosen[200] == ensemble.missing_left[node]
        assert 0 < chosen[:6].sum() < 6


def test_other_than_two_labels_are_refused():
    matrix, _ = _sample()
    with pytest.raises(AttributionMismatch, match="of two labels, received one of 3"):
        read_ensemble(RandomForestClassifier(2).fit(matrix, np.arange(len(matrix)) % 3))

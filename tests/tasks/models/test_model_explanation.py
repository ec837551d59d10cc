from __future__ import annotations

import numpy as np
import pytest

from tasks.models.explaining import explain_rows
from tasks.models.model_explanation import explain_model
from tasks.project.errors import DataUnfit
from tests.tasks.models.explained_night import SETTINGS, explained_night


def test_shares_of_features_and_of_views_each_make_one_whole():
    explanation = explained_night().model()
    shares = [feature.share for feature in explanation.features]
    assert sum(shares) + explanation.others_share == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert explanation.rolled[0].subject == "feature views"
    assert all(sum(share for _, share in rolled.parts) == pytest.approx(1) for rolled in explanation.rolled)


def test_numbers_have_values_and_categories_levels():
    for feature in explained_night().model().features:
        assert (feature.values is None) != (feature.levels is None)
        assert len(feature.contributions) == 300


def test_what_the_features_carry_of_a_groups_gap_makes_the_gap():
    night = explained_night()
    explanation = night.model()
    assert explanation.others == 0
    sex = night.rows.data.rows["sex"].to_numpy(object)
    margin = night.served.model.margin(night.rows.data.features)
    for group in explanation.groups:
        inside = sex == group.group.removeprefix("sex=")
        assert group.gap == pytest.approx(margin[inside].mean() - margin[~inside].mean(), abs=1e-6)
        assert group.carried.sum() == pytest.approx(group.gap, abs=1e-9)
    assert {group.group for group in explanation.groups} == {"sex=female", "sex=male"}


def test_pairs_are_of_the_features_that_matter_strongest_first():
    pairs = explained_night().model().pairs
    strengths = np.array([pair.strength for pair in pairs])
    assert (np.diff(strengths) <= 0).all()
    assert ((strengths >= 0) & (strengths <= 1)).all()


def test_a_night_without_a_scored_row_explains_no_model():
    night = explained_night()
    none = night.rows.data.take(np.zeros(len(night.rows.score), dtype=bool))
    rows = explain_rows(night.served.model, none, np.empty(0), night.phrases, SETTINGS)
    with pytest.raises(DataUnfit, match="received a night without any"):
        explain_model(night.served, rows, night.phrases, SETTINGS, 0)

from __future__ import annotations

import numpy as np
import pytest

from tests.tasks.models.explained_night import explained_night


def test_the_parts_and_the_base_make_the_margin_strongest_first():
    night = explained_night()
    (case,) = night.cases(3)
    margin = night.served.model.margin(night.rows.data.features.iloc[[3]])[0]
    assert case.base + sum(part.contribution for part in case.parts) == pytest.approx(margin, abs=1e-6)
    sizes = [abs(part.contribution) for part in case.parts]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == len(night.served.model.schema.names)


def test_a_refused_row_has_reasons_and_what_would_have_changed_it_and_each_flips_when_scored():
    night = explained_night()
    row = night.first(unfavourable=True)
    (case,) = night.cases(row)
    assert case.unfavourable
    assert case.reasons
    assert case.answer is not None
    for one in case.answer.found:
        features = night.rows.data.features.iloc[[row]].reset_index(drop=True)
        for change in one.changes:
            features.loc[0, change.action.feature] = change.after
        assert float(night.served.model.score(features)[0]) < case.threshold


def test_a_row_that_got_what_a_person_would_want_needs_no_change():
    night = explained_night()
    (case,) = night.cases(night.first(unfavourable=False))
    assert not case.unfavourable
    assert case.answer is None


def test_only_past_cases_with_an_outcome_are_counted():
    night = explained_night()
    assert 350 < len(night.past.label) < 450
    (case,) = night.cases(0)
    assert case.around is not None
    assert case.around.n == 200
    assert len(case.nearest) == 5


def test_without_any_outcome_there_are_no_past_cases():
    (case,) = explained_night(unlabelled=1.0).cases(0)
    assert (case.around, case.alike, case.nearest) == (None, None, ())


def test_a_missing_value_is_told_as_missing():
    night = explained_night()
    features = night.rows.data.features
    row = int(np.flatnonzero(features.isna().any(axis=1))[0])
    (case,) = night.cases(row)
    missing = {part.feature for part in case.parts if part.value is None}
    assert missing == set(features.columns[features.iloc[row].isna()])


def test_a_second_method_names_the_strongest_features_and_mostly_the_same():
    cases = explained_night().cases(*range(20))
    agreed = [case.second_opinion.agreed for case in cases]
    assert all(len(case.second_opinion.strongest) == 3 for case in cases)
    assert np.mean(agreed) > 2
    assert all(0 <= case.second_opinion.r_squared <= 1 for case in cases)

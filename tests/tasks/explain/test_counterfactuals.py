from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.derived import Derived
from tasks.explain.actions import Action, Direction
from tasks.explain.counterfactual_search import Effort
from tasks.explain.counterfactuals import (
    Answer,
    ChangedFeature,
    Counterfactual,
    DecisionWords,
    Operating,
    counterfactuals,
    refuse_derived,
    spreads,
)
from tasks.project.errors import ConfigurationError
from tests.tasks.explain.recourse_rows import (
    ACTIONS,
    AMOUNT,
    DERIVED,
    INCOME,
    PURPOSE,
    TERM,
    applications,
    recompute,
    risk,
)

THRESHOLD = 0.15
BELOW = Operating(THRESHOLD, favourable_above=False)


def refused(n: int, seed: int) -> pd.DataFrame:
    rows = applications(20 * n, seed)
    return rows[risk(rows) >= THRESHOLD].head(n).reset_index(drop=True)


def answered(rows: pd.DataFrame, actions: tuple[Action, ...] = ACTIONS, **other: Any) -> tuple[Answer, ...]:
    unit = spreads(applications(500, 0), actions)
    return counterfactuals(risk, rows, actions, BELOW, unit, **{"derived": DERIVED, **other})


def changed(row: pd.Series, found: Counterfactual) -> pd.DataFrame:
    """The row with the changes, by hand."""
    values = {change.action.feature: change.after for change in found.changes}
    return recompute(pd.DataFrame([{**row.to_dict(), **values}]))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_every_answer_flips_and_keeps_to_what_is_declared(seed: int, alternatives: int):
    rows = refused(6, seed)
    for (_, row), answer in zip(rows.iterrows(), answered(rows, effort=Effort(alternatives=alternatives)), strict=True):
        assert bool(answer.found) != bool(answer.why_none)
        assert len({tuple(c.action.feature for c in one.changes) for one in answer.found}) == len(answer.found)
        assert [one.distance for one in answer.found] == sorted(one.distance for one in answer.found)
        for found in answer.found:
            after = float(risk(changed(row, found))[0])
            assert after == pytest.approx(found.score_after)
            assert after < THRESHOLD <= found.score_before
            for change in found.changes:
                assert change.before == row[change.action.feature]
                _keeps_to(change)


def _keeps_to(change: ChangedFeature) -> None:
    action, before, after = change.action, change.before, change.after
    if action is PURPOSE:
        assert after in PURPOSE.levels
        return
    assert isinstance(before, float)
    assert isinstance(after, float)
    if action is TERM:
        assert after in TERM.values
    elif action is AMOUNT:
        assert 500 <= after < before
        assert after % 100 == 0
    else:
        assert action is INCOME
        assert before < after <= min(9000, before + 1000)
        assert after % 50 == 0


def test_no_smaller_change_of_as_few_features_flips():
    """Against every change of one feature, and of two, that is declared."""
    rows = refused(12, 3)
    unit = dict(zip([a.feature for a in ACTIONS], spreads(applications(500, 0), ACTIONS), strict=True))
    sizes = set()
    for (_, row), answer in zip(rows.iterrows(), answered(rows), strict=True):
        everything = {a.feature: [row[a.feature], *every_value(a, row[a.feature])] for a in ACTIONS}
        best = least(row, everything, unit, 1) or least(row, everything, unit, 2)
        if best is None:
            assert not answer.found or len(answer.found[0].changes) == 3
            continue
        found = answer.found[0]
        sizes.add(len(found.changes))
        assert len(found.changes) == best[0]
        # Of one feature exactly the least; of two, the least but for what a coarse grid passes by.
        assert found.distance == pytest.approx(best[1]) if best[0] == 1 else found.distance < best[1] * 1.1
    assert sizes == {1, 2}


def every_value(action: Action, present: Any) -> list[Any]:
    if action.levels:
        return [level for level in action.levels if level != present]
    return list(action.proposals(present, 10_000))


def least(row: pd.Series, everything: dict[str, Any], unit: dict[str, float], size: int) -> tuple[int, float] | None:
    """Features changed and distance of the smallest change of so many features, by trying all."""
    names = list(everything)
    chosen = [(a,) for a in names] if size == 1 else [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    found = []
    for features in chosen:
        combined = list(product(*(everything[name][1:] for name in features)))
        if combined:
            trials = pd.DataFrame([row] * len(combined)).reset_index(drop=True)
            for name, values in zip(features, zip(*combined, strict=True), strict=True):
                trials[name] = pd.Series(values, dtype=trials[name].dtype)
            away = sum(_moved(trials[name], row[name]) / unit[name] for name in features)
            found += list(np.asarray(away)[risk(recompute(trials.infer_objects())) < THRESHOLD])
    return (size, min(found)) if found else None


def _moved(values: pd.Series, present: Any) -> Any:
    if isinstance(present, str):
        return (values != present).astype(float)
    return (values.astype(float) - present).abs()


def test_a_change_of_the_amount_takes_what_is_computed_from_it_along():
    """The model reads the ratio alone: without computing it again, no change of the amount could flip anything."""
    rows = refused(20, 1)
    assert any(answer.found for answer in answered(rows, (AMOUNT,)))
    assert not any(answer.found for answer in answered(rows, (AMOUNT,), derived=Derived()))


def test_rows_whose_derived_features_cannot_be_computed_again_are_not_answered():
    rows = refused(4, 1)
    rows.loc[2, "burden"] += 1.0
    answers = answered(rows)
    assert "computed again" in answers[2].why_none
    assert not answers[2].found
    assert [one == other for one, other in zip(answers, answered(refused(4, 1)), strict=True)] == [1, 1, 0, 1]


def test_where_high_scores_are_wanted_the_score_is_raised():
    rows = refused(10, 5)
    unit = spreads(applications(500, 0), ACTIONS)
    above = Operating(1 - THRESHOLD, favourable_above=True)
    answers = counterfactuals(lambda f: 1 - risk(f), rows, ACTIONS, above, unit, derived=DERIVED)
    assert [[c.changes for c in one.found] for one in answers] == [[c.changes for c in o.found] for o in answered(rows)]
    assert all(found.score_after > 1 - THRESHOLD for one in answers for found in one.found)


def test_more_features_are_changed_only_where_fewer_do_not_do():
    rows = refused(40, 2)
    one, three = answered(rows, effort=Effort(features=1)), answered(rows, effort=Effort(features=3))
    for single, several in zip(one, three, strict=True):
        if single.found:
            assert several == single
    assert sum(bool(each.found) for each in three) > sum(bool(each.found) for each in one)
    assert "one feature within the declared bounds" in next(each.why_none for each in one if not each.found)


def test_triples_are_found_where_pairs_do_not_do():
    def three(features: pd.DataFrame) -> Any:
        steps = [features["amount"] < 5000, features["income"] > 2000, features["term"] == 36]
        return np.where(np.logical_and.reduce([step.to_numpy(bool) for step in steps]), 0.1, 0.9)

    row = recompute(
        pd.DataFrame({"amount": [9000.0], "income": [1500.0], "purpose": ["car"], "term": [12.0], "age": [40.0]})
    )
    (answer,) = counterfactuals(three, row, ACTIONS, BELOW, np.array([5000.0, 1000.0, 1.0, 12.0]), derived=DERIVED)
    (found,) = answer.found
    assert {c.action.feature: c.after for c in found.changes} == {"amount": 4900, "income": 2050, "term": 36}


def test_a_missing_value_stays_missing_and_undeclared_features_stay():
    rows = refused(60, 4)
    gone = np.flatnonzero(rows["income"].isna())
    assert len(gone) > 2
    answers = answered(rows)
    assert not any(c.action is INCOME for one in gone for found in answers[one].found for c in found.changes)
    nothing = answered(rows.iloc[gone], (INCOME,))
    assert all("no change" in one.why_none for one in nothing)


def test_where_nothing_is_declared_nothing_is_proposed():
    assert all("no feature is declared" in one.why_none for one in answered(refused(3, 1), ()))
    assert answered(applications(0, 1)) == ()


def test_the_answer_does_not_hang_on_the_other_rows_or_on_chance():
    rows = refused(10, 6)
    together = answered(rows)
    assert together == answered(rows)
    assert together == tuple(answered(rows.iloc[[place]])[0] for place in range(10))


def test_a_row_that_is_decided_favourably_is_refused():
    rows = applications(50, 1)
    with pytest.raises(ValueError, match="unfavourable action only"):
        answered(rows)


def test_actions_on_derived_features_are_refused_together():
    burden, term = Action("burden", "b"), Action("term", "t")
    derived = replace(DERIVED, locked=("term",))
    with pytest.raises(ConfigurationError) as error:
        refuse_derived((burden, AMOUNT, term), derived, "phrases.toml")
    assert len(error.value.faults) == 2
    with pytest.raises(ConfigurationError):
        answered(refused(2, 1), (burden,))


def test_the_unit_is_a_robust_deviation_and_never_zero():
    values = np.random.default_rng(1).normal(5, 3, 4000)
    frame = pd.DataFrame({"a": values, "b": np.where(np.arange(4000) < 100, 10.0, 0.0), "c": 7.0, "d": np.nan})
    found = spreads(frame, (*(Action(name, name, Direction.DECREASE, least=0, step=0.5) for name in "abcd"), PURPOSE))
    np.testing.assert_allclose(found, [3, frame["b"].std(ddof=0), 0.5, 0.5, 1], rtol=0.05)


def test_it_is_told_in_a_sentence():
    words = DecisionWords("the decision would have been 'approve'", "estimated risk")
    one = Counterfactual((ChangedFeature(AMOUNT, 12_000.0, 8_500.0),), 0.182, 0.139, 0.15, 1.0)
    assert one.sentence(words) == (
        "With the amount asked for at 8,500 euros instead of 12,000 euros, the decision would have been 'approve' "
        "(estimated risk 13.9% instead of 18.2%)."
    )
    share = replace(INCOME, label="how much is in use", unit="share")
    two = replace(
        one, changes=(ChangedFeature(share, 0.7249, 0.5), ChangedFeature(PURPOSE, "travel", "car")), score_after=0.14999
    )
    assert two.sentence(words).startswith("With how much is in use at 50% instead of 72.49% and the purpose at 'car' ")
    assert "(estimated risk 14.999% instead of 18.2%)" in two.sentence(words)

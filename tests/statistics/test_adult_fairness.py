"""Adult on its published split: a challenger that learnt flipped labels of one group is stopped, an honest one is not.

UCI Adult, where `uci_file` says which rows train and which test. Gradient boosting, threshold 0.5, a label of 1 (an
income above 50K) is what a person would want. The flip is from positive to negative: it takes the favourable label from
a group. The other way round, or at random, adds favourable labels, and no gap moves against the group.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from tasks.checks.fairness_regression import FairnessRegressionSettings, judge
from tasks.evidence.candidate import Candidate, LabelledRows
from tasks.evidence.case import Case, Comparison
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.portfolios import SCHEMA, by_subject

FILE = Path("/work/shared/data/adult/adult.parquet")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not FILE.exists(), reason="needs the folder adult of the shared data"),
]
PROTECTED = ("sex", "race")
SETTINGS = FairnessRegressionSettings(attributes=("sex",), largest_too=True)


@cache
def adult() -> Any:
    return pd.read_parquet(FILE)


@cache
def inputs() -> Any:
    """All but the survey weight, the label and what is protected."""
    left_out = ["class", "uci_file", "fnlwgt", *PROTECTED]
    features = adult().drop(columns=left_out)
    texts = [name for name in features if features[name].dtype == object]
    return features.astype(dict.fromkeys(texts, "category"))


def labels() -> Any:
    return (adult()["class"] == ">50K").to_numpy(np.int8)


def in_training() -> Any:
    return (adult()["uci_file"] == "adult.data").to_numpy()


def fitted(label: Any, seed: int, share: float = 0.95) -> Any:
    """Scores of the test rows by a model of a draw of the training rows: no two fits have quite the same."""
    rng = np.random.default_rng(seed)
    rows = in_training() & (rng.random(len(label)) < share)
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=seed)
    model.fit(inputs()[rows], label[rows])
    return model.predict_proba(inputs()[~in_training()])[:, 1]


@cache
def champion() -> Any:
    return fitted(labels(), 0)


def flipped(sex: str, share: float, *, of_positives: bool, seed: int) -> Any:
    """Labels where a share of a sex's positives, or of all its rows, has the other label; positives are taken."""
    label, rng = labels().copy(), np.random.default_rng(seed)
    rows = np.flatnonzero(in_training() & (adult()["sex"] == sex).to_numpy())
    positives = rows[label[rows] == 1]
    count = round(share * len(positives if of_positives else rows))
    label[rng.choice(positives, count, replace=False)] = 0
    return label


def judged(score: Any) -> dict[str, Finding]:
    test = ~in_training()
    rows = LabelledRows(
        key=np.arange(test.sum()).astype(object),
        entities=pd.DataFrame(index=range(int(test.sum()))),
        event_timestamp=pd.Series(pd.Timestamp("1994-01-01", tz="UTC"), index=range(int(test.sum()))),
        protected=adult().loc[test, list(PROTECTED)].reset_index(drop=True),
        features=inputs()[test].reset_index(drop=True),
        label=labels()[test],
        score=score,
    )
    nothing = np.zeros((0, len(SCHEMA.features)))
    case = Case(
        moment=Moment.GATE, as_of=date(1996, 5, 1), schema=SCHEMA, threshold=0.5, favourable_above=True, reference=(),
        comparison=Comparison(rows.label, champion(), score, 0.5, 0.5, nothing, nothing, SCHEMA),
        candidate=Candidate(rows, rows, rows.features, lambda _: score, lambda **_: lambda _: score),
    )  # fmt: skip
    return by_subject(judge(case, SETTINGS, 0))


def failures(found: dict[str, Finding]) -> list[str]:
    return [subject for subject, finding in found.items() if finding.outcome is Outcome.FAIL]


def test_the_champion_is_as_good_as_published():
    assert roc_auc_score(labels()[~in_training()], champion()) == pytest.approx(0.9265, abs=0.004)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_challenger_without_a_flip_is_not_stopped(seed: int):
    assert failures(judged(fitted(labels(), seed))) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tenth_of_the_women_with_the_label_taken_is_seen_with_group_measure_and_size(seed: int):
    found = judged(fitted(flipped("Female", 0.1, of_positives=False, seed=seed), seed))
    missed = found["sex=Female: true positive rate"]
    assert missed.outcome is Outcome.FAIL
    assert (missed.estimate or 0) < -0.3
    assert "Sex=Female: true positive rate went from" in missed.sentence
    assert "its gap moved by -" in missed.sentence
    assert "sex=Female: selection rate" in failures(found)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("sex", ["Female", "Male"])
def test_a_fifth_of_the_positives_of_one_sex_is_seen(sex: str, seed: int):
    """236 labels of 10,771 women, or 1,332 of 21,790 men.

    A tenth of the positives moves the gap by just the margin of 5 points: it fails in 5 of 6 challengers (men: 3 of 4),
    and the others are let through as a loss that the policy holds too small to matter; from 15% on all fail.
    """
    found = judged(fitted(flipped(sex, 0.2, of_positives=True, seed=seed), seed))
    assert f"sex={sex}: true positive rate" in failures(found)

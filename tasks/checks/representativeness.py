"""Representativeness: is the training window still a picture of the population that the model is for?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.domain import Domains, domain_matrix, tell_apart
from tasks.stats.proportions import rows_for_width
from tasks.stats.roc import auc_interval
from tasks.stats.single_feature import SingleFeature, alone_chart, category_alone, number_alone
from tasks.stats.verdict import against_maximum, against_minimum

CODE = "representativeness"

#: Features that a reader can take in, and that a sentence names.
_MOST_BARS = 10
_NAMED = 3


class RepresentativenessSettings(CheckSettings):
    """Limits of the representativeness check."""

    auc: float = limit(
        0.60,
        unit="AUC of telling tonight's rows from the training rows",
        source="an example: as far as a shift of one feature by a third of its standard deviation",
        ge=0.5,
        le=1,
    )
    effective_share: float = limit(
        0.20,
        unit="effective sample size of the weighted training rows, share of them",
        source="STATISTICS.md, section 3: below a fifth, weights rest on a few rows",
        ge=0,
        le=1,
    )
    minimum_rows: int = limit(
        200, unit="rows of tonight's population", source="STATISTICS.md, section 1: fewer cannot tell", ge=20
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)
    sample: int = setting(
        6000, unit="rows of each window that are looked at", source="an AUC is then known to a point", ge=100
    )
    folds: int = setting(5, unit="folds of the classifier", source="convention", ge=2, le=20)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Sampled rows of training, then of the population, a column a feature."""

    columns: dict[Feature, NDArray[np.float64] | NDArray[np.intp]]
    new: NDArray[np.bool_]


def judge(case: Case, settings: RepresentativenessSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: how well a classifier tells tonight from the training window, and how many training rows count.

    It fails where the interval lies wholly beyond the limit, passes where it lies wholly inside. The picture shows the
    features by which the windows differ most. The seed samples the rows and deals the folds.
    """
    candidate = case.candidate
    if candidate is None or candidate.population is None or len(candidate.train.label) == 0:
        return (_unjudged("there are no training rows, or no population to compare them with", 0, None),)
    n = len(candidate.population)
    if n < settings.minimum_rows:
        why = f"tonight's population has {rows(n)}, and it takes {settings.minimum_rows:,}"
        return (_unjudged(why, n, settings.minimum_rows),)
    if not case.schema.features:
        return (_unjudged("the model has no features", n, None),)
    windows = _windows(candidate.train.features, candidate.population, case.schema, settings, seed)
    found = tell_apart(_matrix(windows), windows.new, folds=settings.folds, seed=seed)
    if found is None:
        return (_unjudged("a window has too few rows", n, None),)
    moved = _moved(windows, settings, seed)
    return (_apart(found, moved, settings), _effective(found, settings))


def _windows(
    train: Frame, population: Frame, schema: FeatureSchema, settings: RepresentativenessSettings, seed: int
) -> _Windows:
    rng = np.random.default_rng(seed)
    parts = [one.iloc[np.sort(rng.permutation(len(one))[: settings.sample])] for one in (train, population)]
    columns: dict[Feature, NDArray[np.float64] | NDArray[np.intp]] = {}
    for feature in schema.features:
        both = pd.concat([part[feature.name].astype(object) for part in parts], ignore_index=True)
        if feature.kind is Kind.NUMERIC:
            columns[feature] = pd.to_numeric(both, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        else:
            columns[feature] = pd.factorize(both, use_na_sentinel=False)[0].astype(np.intp)
    return _Windows(columns, np.repeat([False, True], [len(part) for part in parts]))


def _matrix(windows: _Windows) -> NDArray[np.float64]:
    kinds = [(feature.kind, column) for feature, column in windows.columns.items()]
    numbers = [column.astype(np.float64) for kind, column in kinds if kind is Kind.NUMERIC]
    return domain_matrix(numbers, [column.astype(np.intp) for kind, column in kinds if kind is not Kind.NUMERIC])


def _moved(windows: _Windows, settings: RepresentativenessSettings, seed: int) -> list[tuple[str, SingleFeature]]:
    """How well each feature alone tells the windows apart, best first."""
    label = windows.new.astype(np.int8)
    found = []
    for feature, column in windows.columns.items():
        if feature.kind is Kind.NUMERIC:
            alone = number_alone(column.astype(np.float64), label)
        else:
            alone = category_alone(column.astype(np.intp), label, folds=settings.folds, seed=seed)
        if alone is not None:
            found.append((feature.name, alone))
    return sorted(found, key=lambda one: -one[1].auc.value)


def _apart(found: Domains, moved: list[tuple[str, SingleFeature]], settings: RepresentativenessSettings) -> Finding:
    interval = auc_interval(found.auc, settings.level, found.smaller)
    outcome = against_maximum(interval, settings.auc)
    half, room = (interval.high - interval.low) / 2, abs(settings.auc - found.auc.value)
    needed = rows_for_width(found.smaller, half, room) if outcome is Outcome.INCONCLUSIVE else None
    far = f", and it would take about {rows(needed)} of tonight to tell" if needed else ""
    names = ", ".join(f"{name} ({plain(alone.auc.value)})" for name, alone in moved[:_NAMED])
    return Finding(
        code=CODE,
        subject="training window",
        outcome=outcome,
        sentence=f"Tonight's rows are told from the training rows with an AUC of {plain(found.auc.value, 3)} "
        f"{between(interval, 3)} (0.5 is not at all); the limit is {plain(settings.auc, 3)}{far}. By themselves these "
        f"tell most: {names}.",
        estimate=found.auc.value,
        interval=interval,
        limit=settings.auc,
        unit="AUC",
        n=found.auc.n,
        needed=needed,
        evidence=(
            alone_chart(
                "What tells tonight from the training window", moved[:_MOST_BARS], settings.level, settings.auc
            ),
        ),
    )


def _effective(found: Domains, settings: RepresentativenessSettings) -> Finding:
    share = found.effective_share
    interval = share.interval(settings.level, low=0.0, high=1.0)
    outcome = against_minimum(interval, settings.effective_share)
    unsure = ", and the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    return Finding(
        code=CODE,
        subject="training rows that count",
        outcome=outcome,
        sentence=f"Weighted to stand for tonight's population, {rows(share.n)} of training are worth "
        f"{percent(share.value)} {between(interval, 1, 100)} of as many; it must be at least "
        f"{percent(settings.effective_share)}{unsure}.",
        estimate=share.value,
        interval=interval,
        limit=settings.effective_share,
        unit="share of training rows",
        n=share.n,
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"How well the training window stands for tonight cannot be judged: {why}."
    return Finding(
        code=CODE, subject="training window", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed
    )


CHECK = Check(
    CODE, "Representativeness of the training window", frozenset({Moment.GATE}), RepresentativenessSettings, judge
)

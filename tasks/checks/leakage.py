"""Leakage: does a feature know what it cannot know when the row is scored?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from tasks.evidence.case import Case, FeatureLag, TrainingSample
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.proportions import wilson
from tasks.stats.roc import auc_interval
from tasks.stats.single_feature import SingleFeature, alone_chart, category_alone, number_alone
from tasks.stats.verdict import against_maximum

CODE = "leakage"

#: Bars that a reader can take in; the strongest features are shown.
_MOST_BARS = 15


class LeakageSettings(CheckSettings):
    """Limits of the leakage check."""

    auc: float = limit(
        0.90, unit="AUC of one feature alone", source="few single features predict so well unless they know the label",
        ge=0.5, le=1,
    )  # fmt: skip
    late_share: float = limit(
        0.0, unit="share of served rows whose feature is younger than the event", source="none may be", ge=0, le=1
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)
    folds: int = setting(5, unit="folds for the mean label of a category's levels", source="convention", ge=2, le=20)


def judge(case: Case, settings: LeakageSettings, seed: int) -> tuple[Finding, ...]:
    """At night and at the gate: feature timestamps after the event, by view; at the gate each feature alone as well.

    A feature fails when the interval of its AUC lies wholly above the limit, passes when it lies wholly below. The seed
    deals the folds that categories are scored on.
    """
    findings = tuple(_lag(lag, settings) for lag in case.lags)
    if not findings:
        findings = (_unjudged("feature timestamps", "the retrieval did not report the age of any feature view", 0),)
    if case.moment is Moment.GATE:
        findings += _alone(case.training, case.schema, settings, seed)
    return findings


def _lag(lag: FeatureLag, settings: LeakageSettings) -> Finding:
    subject = f"timestamps of {lag.view}"
    if lag.served == 0:
        return _unjudged(subject, f"the view {lag.view} had no value for any of {rows(lag.rows)}", lag.rows)
    share = lag.after_event / lag.served
    late = "none of them" if lag.after_event == 0 else f"{lag.after_event:,} ({percent(share, 2)})"
    age = (
        "" if lag.median_hours is None else f"; half of the values were younger than {plain(lag.median_hours, 1)} hours"
    )
    return Finding(
        code=CODE,
        subject=subject,
        # A count, not a sample: one value from after the event is one too many, however wide its interval.
        outcome=Outcome.FAIL if share > settings.late_share else Outcome.PASS,
        sentence=f"The view {lag.view} served {rows(lag.served)}, {late} with a value from after the event{age}; the "
        f"limit is {percent(settings.late_share, 2)}.",
        estimate=share,
        interval=wilson(lag.after_event, lag.served, settings.level),
        limit=settings.late_share,
        unit="share of served rows",
        n=lag.served,
    )


def _alone(
    training: TrainingSample | None, schema: FeatureSchema, settings: LeakageSettings, seed: int
) -> tuple[Finding, ...]:
    if training is None or len(training.label) == 0:
        return (_unjudged("single features", "there are no training rows to look at", 0),)
    measured = list(_measure(training, schema, settings, seed))
    if any(alone is None for _, alone in measured):
        return (
            _unjudged("single features", "the training rows hold fewer than two of one label", len(training.label)),
        )
    known = [(feature, alone) for feature, alone in measured if alone is not None]
    known.sort(key=lambda one: -one[1].auc.value)
    findings = [_single(feature, alone, settings) for feature, alone in known]
    if findings:
        shown = [(feature.name, alone) for feature, alone in known[:_MOST_BARS]]
        chart = alone_chart("How well each feature predicts alone", shown, settings.level, settings.auc)
        findings[0] = findings[0].model_copy(update={"evidence": (chart,)})
    return tuple(findings)


def _measure(
    training: TrainingSample, schema: FeatureSchema, settings: LeakageSettings, seed: int
) -> Iterator[tuple[Feature, SingleFeature | None]]:
    for feature in schema.features:
        column = training.features[feature.name]
        if feature.kind is Kind.NUMERIC:
            values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
            yield feature, number_alone(values, training.label)
        else:
            codes = pd.factorize(column.astype(object), use_na_sentinel=False)[0]
            yield feature, category_alone(codes, training.label, folds=settings.folds, seed=seed)


def _single(feature: Feature, alone: SingleFeature, settings: LeakageSettings) -> Finding:
    interval = auc_interval(alone.auc, settings.level, alone.smaller_class)
    outcome = against_maximum(interval, settings.auc)
    doubt = {
        Outcome.FAIL: ", so it probably knows the label",
        Outcome.INCONCLUSIVE: ", and the interval reaches across it",
    }.get(outcome, "")
    return Finding(
        code=CODE,
        subject=feature.name,
        outcome=outcome,
        sentence=f"{feature.name} alone has an AUC of {plain(alone.auc.value, 3)} {between(interval, 3)} on "
        f"{rows(alone.auc.n)} of training; the limit is {plain(settings.auc, 3)}{doubt}.",
        estimate=alone.auc.value,
        interval=interval,
        limit=settings.auc,
        unit="AUC",
        n=alone.auc.n,
    )


def _unjudged(subject: str, why: str, n: int) -> Finding:
    sentence = f"Leakage cannot be judged for {subject}: {why}."
    return Finding(code=CODE, subject=subject, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n)


CHECK = Check(CODE, "Leakage", frozenset({Moment.NIGHT, Moment.GATE}), LeakageSettings, judge)

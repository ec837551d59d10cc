"""Overlap: are test rows among those trained on, or are training rows from after the test began?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.candidate import LabelledRows
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Column
from tasks.evidence.wording import percent
from tasks.stats.proportions import wilson
from tasks.stats.twins import feature_hashes

CODE = "overlap"


class OverlapSettings(CheckSettings):
    """Limits of the overlap check. All are shares that are counted, not estimated."""

    key_share: float = limit(
        0.0, unit="share of test rows whose key is among the training rows", source="none may be", ge=0, le=1
    )
    feature_share: float = limit(
        0.05,
        unit="share of test rows with the same features as a training row",
        source="an example: few features with few values repeat by themselves",
        ge=0,
        le=1,
    )
    entity_share: float = limit(
        0.50,
        unit="share of test rows of an entity that was trained on",
        source="an example: as many as come back in service is what the test should have",
        ge=0,
        le=1,
    )
    late_share: float = limit(
        0.0, unit="share of training rows from after the first test row", source="none may be", ge=0, le=1
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: OverlapSettings, seed: int) -> tuple[Finding, ...]:
    """Shares of test rows that training has seen by key, by features and by entity; and training rows that come later.

    A share above its limit fails: it is a count, and no larger sample would change it. An entity with a value of its
    own in every row says no more than the key. No seed is used.
    """
    candidate = case.candidate
    if candidate is None or len(candidate.train.label) == 0 or len(candidate.test.label) == 0:
        return (_unjudged("overlap", "there are no training rows, or no test rows"),)
    train, test = candidate.train, candidate.test
    return (
        _late(train, test, settings),
        _seen("row keys", "the key of", _among(test.key, train.key), settings.key_share, settings),
        _features(train, test, settings),
        *_entities(train, test, settings),
    )


def _late(train: LabelledRows, test: LabelledRows, settings: OverlapSettings) -> Finding:
    before, after = _times(train.event_timestamp), _times(test.event_timestamp)
    if before.isna().any() or after.isna().any():
        return _unjudged("time", "rows lack the time of their event")
    first = after.min()
    late = int((before > first).sum())
    return _counted(
        "time",
        f"{_count(late, len(before))} training rows are from after the first test row ({first:%Y-%m-%d})",
        (late, len(before)),
        "share of training rows",
        settings.late_share,
        settings,
    )


def _times(column: Column) -> Column:
    return pd.to_datetime(pd.Series(column), utc=True)


def _features(train: LabelledRows, test: LabelledRows, settings: OverlapSettings) -> Finding:
    if len(test.features.columns) == 0:
        return _unjudged("feature rows", "the model has no features")
    seen = np.isin(feature_hashes(test.features), feature_hashes(train.features[list(test.features.columns)]))
    return _seen("feature rows", "all features of", seen, settings.feature_share, settings)


def _entities(train: LabelledRows, test: LabelledRows, settings: OverlapSettings) -> tuple[Finding, ...]:
    found = []
    for name in test.entities:
        before, after = train.entities[name], test.entities[name].to_numpy(object)
        known = pd.concat([pd.Series(before), pd.Series(after)]).dropna()
        if known.is_unique:
            sentence = f"Every row has its own {name}, which says no more than its key."
            found.append(
                Finding(code=CODE, subject=f"entity {name}", outcome=Outcome.NOT_APPLICABLE, sentence=sentence)
            )
            continue
        seen = _among(after, before.to_numpy(object)) & pd.notna(after)
        found.append(_seen(f"entity {name}", f"the {name} of", seen, settings.entity_share, settings))
    return tuple(found)


def _among(values: NDArray[np.object_], others: NDArray[np.object_]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = pd.Index(values, dtype=object).isin(others)
    return inside


def _seen(subject: str, what: str, seen: NDArray[np.bool_], maximum: float, settings: OverlapSettings) -> Finding:
    count, n = int(seen.sum()), len(seen)
    said = f"{_count(count, n)} test rows have {what} a training row"
    return _counted(subject, said, (count, n), "share of test rows", maximum, settings)


def _count(count: int, n: int) -> str:
    return f"None of {n:,}" if count == 0 else f"{count:,} of {n:,} ({percent(count / n, 2)})"


def _counted(
    subject: str, said: str, counts: tuple[int, int], unit: str, maximum: float, settings: OverlapSettings
) -> Finding:
    count, n = counts
    over = count / n > maximum
    most = f"at most {percent(maximum)} may" if maximum > 0 else "none may"
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.FAIL if over else Outcome.PASS,
        sentence=f"{said}; {most}{_MEANING if over else ''}.",
        estimate=count / n,
        interval=wilson(count, n, settings.level),
        limit=maximum,
        unit=unit,
        n=n,
    )


_MEANING = ", for the test then measures memory and not what the model will do on new rows"


def _unjudged(subject: str, why: str) -> Finding:
    sentence = f"Whether training and test overlap cannot be judged: {why}."
    return Finding(code=CODE, subject=subject, outcome=Outcome.INCONCLUSIVE, sentence=sentence)


CHECK = Check(CODE, "Overlap of training and test", frozenset({Moment.GATE}), OverlapSettings, judge)

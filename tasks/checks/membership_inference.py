"""Membership inference: does the model give away which persons it was trained on?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.candidate import LabelledRows
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.wording import between, plain, rows
from tasks.stats.membership import log_losses, membership_auc
from tasks.stats.proportions import rows_for_width
from tasks.stats.roc import auc_interval
from tasks.stats.verdict import against_maximum

CODE = "membership_inference"


class MembershipInferenceSettings(CheckSettings):
    """Limits of the membership inference check."""

    auc: float = limit(
        0.55, unit="AUC of the loss as a sign of membership", source="STATISTICS.md, section 8", ge=0.5, le=1
    )
    minimum_rows: int = limit(
        200, unit="rows of training, and of others", source="fewer know an AUC to no better than 0.06", ge=20
    )
    sample: int = setting(
        5000, unit="rows of each that are looked at", source="the nearest in time; an AUC is then known to a point",
        ge=100,
    )  # fmt: skip
    level: float = setting(0.95, unit="coverage of the interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: MembershipInferenceSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: the AUC of the loss between the newest training rows and the oldest test rows. No seed is used.

    Rows of one period that were left out of training would be the right comparison; the calibration rows, which lie
    between, are left out as well, but the model's probabilities were set on them. Fail when the lower bound exceeds the
    limit, pass when the upper bound does not.
    """
    candidate = case.candidate
    if candidate is None:
        return (_unjudged("there is no challenger", 0),)
    members, others = candidate.train, candidate.test
    size = min(settings.sample, len(members.label), len(others.label))
    if size < settings.minimum_rows:
        return (
            _unjudged(f"there are {rows(size)} of training or others, and it takes {settings.minimum_rows:,}", size),
        )
    newest, oldest = _in_time(members)[-size:], _in_time(others)[:size]
    score = np.concatenate([members.score[newest], others.score[oldest]])
    label = np.concatenate([members.label[newest], others.label[oldest]])
    if (~np.isfinite(score)).any():
        return (_unjudged(f"{rows(int((~np.isfinite(score)).sum()))} have no score", size),)
    member = np.repeat([True, False], size)
    found = membership_auc(log_losses(label, score), member, label)
    if found is None:
        return (_unjudged("no label has rows on both sides", size),)
    interval = auc_interval(found, settings.level, size)
    outcome = against_maximum(interval, settings.auc)
    half, room = (interval.high - interval.low) / 2, abs(settings.auc - found.value)
    unsure = ", and the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    return (
        Finding(
            code=CODE,
            subject="membership",
            outcome=outcome,
            sentence=f"By the model's loss, the newest {rows(size)} of training are told from the oldest {size:,} of "
            f"the test with an AUC of {plain(found.value, 3)} {between(interval, 3)} (0.5 is not at all); the limit is "
            f"{plain(settings.auc, 3)}{unsure}. It assumes that nothing else changed {_apart(members, others)}.",
            estimate=found.value,
            interval=interval,
            limit=settings.auc,
            unit="AUC",
            n=found.n,
            needed=rows_for_width(found.n, half, room) if outcome is Outcome.INCONCLUSIVE else None,
        ),
    )


def _times(labelled: LabelledRows) -> NDArray[np.int64]:
    times: NDArray[np.int64] = (
        pd.to_datetime(pd.Series(labelled.event_timestamp), utc=True)
        .dt.tz_localize(None)
        .to_numpy("datetime64[us]")
        .astype(np.int64)
    )
    return times


def _in_time(labelled: LabelledRows) -> NDArray[np.intp]:
    return np.argsort(_times(labelled), kind="stable")


def _apart(members: LabelledRows, others: LabelledRows) -> str:
    days = max(int(_times(others).min() - _times(members).max()), 0) // _DAY
    return f"in the {days:,} days between" if days > 1 else "between the two"


#: Microseconds.
_DAY = 86_400_000_000


def _unjudged(why: str, n: int) -> Finding:
    sentence = f"Whether the model gives away its training rows cannot be judged: {why}."
    return Finding(code=CODE, subject="membership", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n)


CHECK = Check(
    CODE,
    "Membership inference",
    frozenset({Moment.GATE}),
    MembershipInferenceSettings,
    judge,
    advisory_only=True,
)

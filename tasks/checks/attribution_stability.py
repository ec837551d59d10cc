"""Attribution stability: do the explanations stay when the recipe is fitted to other rows, or with another seed?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate, unexplained
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome, worst
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, percent, plain, rows
from tasks.project.errors import DataUnfit
from tasks.stats.attribution_likeness import shares_of
from tasks.stats.attribution_stability import changed_rows, mean_tau, moved_share, told_apart
from tasks.stats.explained_fits import FitEstimate, Plan, explained_fits, resampled, some_rows
from tasks.stats.verdict import against_maximum

CODE = "attribution_stability"

Reals = NDArray[np.float64]

_SEED, _ROWS = "seed", "resampling"

#: Bars that a reader can take in.
_MOST_BARS = 15


class AttributionStabilitySettings(CheckSettings):
    """Limits of the stability of explanations, and what measuring it may cost."""

    shares: float = limit(
        0.20, unit="share of attribution that goes to other features", source="STATISTICS.md, section 4: whole fits "
        "of an unchanged recipe lie .06 to .08 apart, those of a sample further", ge=0, le=1,
    )  # fmt: skip
    rows_changed: float = limit(
        0.50, unit="share of a row's attribution that changes", source="half: beyond it chance says more than the data",
        ge=0, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(100, unit="rows that are explained", source="fewer are no picture of the test", ge=2)
    resamples: int = setting(12, unit="fits to bootstrap samples of the training rows", source="cost", ge=5, le=500)
    seeds: int = setting(5, unit="fits to the same rows under other seeds", source="cost", ge=5, le=500)
    trained_rows: int = setting(8000, unit="training rows of each fit", source="cost", ge=100)
    rows: int = setting(200, unit="test rows that are explained", source="cost", ge=20, le=20_000)
    level: float = setting(
        0.9, unit="coverage of each interval", source="one-sided 5%, as in STATISTICS.md, section 6", ge=0.5, le=0.9999
    )


def judge(case: Case, settings: AttributionStabilitySettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: fits to bootstrap samples of the training rows, and fits to the same rows under other seeds.

    Over all pairs of fits: the total variation of the shares, and the share of a row's attribution that changes. A
    finding passes when both intervals lie within their limits and fails when one lies beyond. Fits have at most
    `trained_rows` rows, and the limits speak of those: what is fitted to more moves less. Kendall's tau, and how many
    features' places can be told, are shown. The seed samples rows and draws bootstrap samples and seeds.
    """
    candidate = case.candidate
    if candidate is None or candidate.attribute is None:
        return _unjudged(unexplained(candidate), 0, None)
    n = min(len(candidate.test.label), settings.rows)
    if n < settings.minimum_rows or len(candidate.train.label) == 0:
        why = f"there are {rows(n)} of test and {rows(len(candidate.train.label))} of training"
        return _unjudged(why, n, settings.minimum_rows)
    try:
        seeded, drawn = _fits(candidate, settings, seed)
    except (DataUnfit, ValueError) as error:
        return _unjudged(f"the recipe cannot be fitted again, or its fits not explained ({error})", n, None)
    if not (np.abs(seeded).sum(axis=(1, 2)).all() and np.abs(drawn).sum(axis=(1, 2)).all()):
        return _unjudged("a fit of the recipe attributes nothing to any feature", n, None)
    names = tuple(map(str, candidate.test.features.columns))
    trained = min(settings.trained_rows, len(candidate.train.label))
    return tuple(
        _finding(_Fits(subject, fits, names, trained), settings, seed)
        for subject, fits in ((_SEED, seeded), (_ROWS, drawn))
    )


def _fits(candidate: Candidate, settings: AttributionStabilitySettings, seed: int) -> tuple[Reals, Reals]:
    """Attributions of the same rows under other seeds, and under other rows."""
    rng = np.random.default_rng(seed)
    features = some_rows(candidate.test.features, settings.rows, seed)
    count = len(candidate.train.label)
    fixed = np.sort(rng.permutation(count)[: settings.trained_rows])
    plans = [Plan(fixed, seed=int(rng.integers(2**31))) for _ in range(settings.seeds)]
    seeded = explained_fits(candidate.refit, features, plans[:2])
    # Two seeds that make the very same explanations: the recipe has no chance in it, and more fits would tell nothing.
    if not np.array_equal(seeded[0], seeded[1]):
        seeded = np.concatenate([seeded, explained_fits(candidate.refit, features, plans[2:])])
    draws = [Plan(resampled(count, settings.trained_rows, rng)) for _ in range(settings.resamples)]
    return seeded, explained_fits(candidate.refit, features, draws)


@dataclass(frozen=True, slots=True)
class _Fits:
    """Fits of one kind.

    Attributes:
        subject: what differs between them.
        values: attributions of the same rows, shape (fits, n, F).
        names: of the features.
        trained: rows of each fit.
    """

    subject: str
    values: Reals
    names: tuple[str, ...]
    trained: int

    @property
    def alike(self) -> bool:
        """Whether nothing at all differs."""
        return bool((self.values == self.values[0]).all())


@dataclass(frozen=True, slots=True)
class _Measure:
    """One of the two figures against its limit."""

    value: float
    interval: Interval
    limit: float
    unit: str

    @property
    def outcome(self) -> Outcome:
        return against_maximum(self.interval, self.limit)

    @property
    def gravity(self) -> tuple[int, float]:
        """The worse the outcome the graver; then the nearer to the limit, or the further beyond."""
        order = (Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL)
        return order.index(self.outcome), self.interval.high / max(self.limit, 1e-9)


def _finding(fits: _Fits, settings: AttributionStabilitySettings, seed: int) -> Finding:
    n = fits.values.shape[1]
    if fits.alike:
        nothing = Interval(low=0.0, high=0.0, level=settings.level)
        return Finding(
            code=CODE, subject=fits.subject, outcome=Outcome.PASS, estimate=0.0, interval=nothing,
            limit=settings.shares, unit="share of attribution", n=n,
            sentence=f"Fitted again to the same {rows(fits.trained)} {_WORDS[fits.subject]}, the recipe explains "
            f"{rows(n)} exactly alike.",
        )  # fmt: skip
    moved, changed = moved_share(fits.values, _REPLICATES, seed), changed_rows(fits.values)
    shares = _measure(moved, settings.shares, "share of attribution", settings.level)
    by_row = _measure(changed, settings.rows_changed, "share of a row's attribution", settings.level)
    telling = max(shares, by_row, key=lambda one: one.gravity)
    outcome = worst([shares.outcome, by_row.outcome])
    unsure = ", and an interval reaches across" if outcome is Outcome.INCONCLUSIVE else ""
    return Finding(
        code=CODE,
        subject=fits.subject,
        outcome=outcome,
        sentence=f"Fitted again to {rows(fits.trained)} {_WORDS[fits.subject]} ({moved.fits} fits), the recipe gives "
        f"{percent(moved.value)} {between(shares.interval, 1, 100)} of the attribution to other features, and "
        f"{percent(changed.value)} {between(by_row.interval, 1, 100)} of what explains a single row changes; the "
        f"limits are {percent(settings.shares)} and {percent(settings.rows_changed)}{unsure}. {_places(fits)}",
        estimate=telling.value,
        interval=telling.interval,
        limit=telling.limit,
        unit=telling.unit,
        n=n,
        evidence=(_chart(fits),),
    )


#: Bootstrap samples of the rows: enough for a standard error.
_REPLICATES = 100

#: A place is told when one more fit would keep it so surely.
_TOLD = 0.95

_WORDS = {_SEED: "under other seeds", _ROWS: "drawn anew"}


def _measure(found: FitEstimate, most: float, unit: str, level: float) -> _Measure:
    return _Measure(found.value, found.interval(level, 0.0, 1.0), most, unit)


def _places(fits: _Fits) -> str:
    told = told_apart(fits.values, _TOLD)
    names = ", ".join(name for name, sure in zip(fits.names, told, strict=True) if sure)
    order = f"The orders of two fits have a Kendall's tau of {plain(mean_tau(fits.values))}" if len(told) > 1 else ""
    kept = f"of {len(told)} features the place of {int(told.sum())} can be told from all others"
    return f"{order}; {kept}{f' ({names})' if names else ''}." if order else "There is one feature."


def _chart(fits: _Fits) -> BarChart:
    shares = shares_of(fits.values)
    mean = shares.mean(axis=0)
    shown = np.argsort(-mean, kind="stable")[:_MOST_BARS]
    series = Series(
        name="mean and range of the fits",
        values=tuple(mean[shown].tolist()),
        low=tuple(shares.min(axis=0)[shown].tolist()),
        high=tuple(shares.max(axis=0)[shown].tolist()),
    )
    return BarChart(
        title=f"Share of attribution by feature, fitted {_WORDS[fits.subject]}", unit="share of mean |attribution|",
        labels=tuple(fits.names[j] for j in shown), series=(series,),
    )  # fmt: skip


def _unjudged(why: str, n: int, needed: int | None) -> tuple[Finding, ...]:
    sentence = f"Whether the explanations stay cannot be judged: {why}."
    outcome = Outcome.INCONCLUSIVE
    return tuple(
        Finding(code=CODE, subject=subject, outcome=outcome, sentence=sentence, n=n, needed=needed)
        for subject in (_SEED, _ROWS)
    )


CHECK = Check(CODE, "Stable explanations", frozenset({Moment.GATE}), AttributionStabilitySettings, judge)

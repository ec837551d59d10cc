"""Small random portfolios, profiled for real, for the tests of the checks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.binning import Binning
from tasks.evidence.case import Case, FeatureLag, Watched
from tasks.evidence.check import Check, CheckSettings
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind

SCHEMA = FeatureSchema(
    service="s_v1",
    features=(
        Feature(name="income", kind=Kind.NUMERIC, view="application"),
        Feature(name="balance", kind=Kind.NUMERIC, view="accounts"),
        Feature(name="job", kind=Kind.CATEGORICAL, view="application"),
    ),
)
THRESHOLD = 0.5


@dataclass(frozen=True)
class Portfolio:
    """A population to draw nights from.

    Attributes:
        shift: added to income, in standard deviations.
        spread: factor on the deviation of income.
        nulls: share of missing balances.
        unseen: share of a job that no one had before.
        slope: slope of the true log-odds on those of the score; 1 is calibrated.
        bias: added to the true log-odds.
        group_bias: subtracted from the score's log-odds of origin B.
        signal: standard deviation of the score's log-odds; 0 makes the score useless.
        minority: share of origin B.
        tilt: factor on the attributions of balance.
        push: added to the attributions of income, in standard deviations.
        log_odds: added to the score's log-odds; the labels follow.
        concept: added to the true log-odds of origin B alone.
        outside: share of incomes beyond any that the reference had.
        hours: age of the values of the accounts.
    """

    shift: float = 0.0
    spread: float = 1.0
    nulls: float = 0.1
    unseen: float = 0.0
    slope: float = 1.0
    bias: float = 0.0
    group_bias: float = 0.0
    signal: float = 1.2
    minority: float = 0.2
    tilt: float = 1.0
    push: float = 0.0
    log_odds: float = 0.0
    concept: float = 0.0
    outside: float = 0.0
    hours: float = 20.0


@dataclass(frozen=True)
class Drawn:
    """Drawn rows."""

    features: Any
    score: Any
    label: Any
    protected: Any
    attributions: Any
    event: Any


def draw(n: int, seed: int, portfolio: Portfolio = Portfolio(), day: date = date(2025, 1, 1)) -> Drawn:
    rng = np.random.default_rng(seed)
    p = portfolio
    origin = rng.random(n) < p.minority
    income = 2000 + 300 * (p.shift + p.spread * rng.standard_normal(n))
    income = np.where(rng.random(n) < p.outside, 1e6, income) if p.outside else income
    balance = np.where(rng.random(n) < p.nulls, np.nan, np.round(rng.exponential(50, n)) * (rng.random(n) < 0.6))
    job = rng.choice(["salaried", "retired", "student"], n, p=[0.6, 0.3, 0.1]).astype(object)
    job[rng.random(n) < p.unseen] = "astronaut"
    log_odds = p.signal * rng.standard_normal(n) - p.group_bias * origin + p.log_odds
    truth = p.bias + p.slope * log_odds + p.concept * origin
    attributions = rng.standard_normal((n, 3)) * np.array([1.0, 0.6 * p.tilt, 0.2]) + np.array([p.push, 0.0, 0.0])
    return Drawn(
        features=pd.DataFrame({"income": income, "balance": balance, "job": job}),
        score=1 / (1 + np.exp(-log_odds)),
        label=(rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float),
        protected=pd.DataFrame({"origin": np.where(origin, "B", "A").astype(object)}),
        attributions=attributions,
        event=pd.Series(pd.to_datetime([str(day)] * n, utc=True)),
    )


def binning(seed: int = 99, minimum_group: int = 30) -> Binning:
    rows = draw(4000, seed)
    return make_binning(
        rows.features, rows.score, rows.attributions, rows.protected, SCHEMA, THRESHOLD, minimum_group=minimum_group
    )


BINNING = binning()


def night(
    n: int,
    seed: int,
    portfolio: Portfolio = Portfolio(),
    *,
    labels: bool = True,
    day: date = date(2025, 1, 1),
    known: float = 1.0,
) -> Profile:
    """The profile of one night.

    Args:
        n: rows.
        seed: of the draw.
        portfolio: the population.
        labels: whether any label is known.
        day: of its events.
        known: share of the labels that are known.
    """
    rows = draw(n, seed, portfolio, day)
    label = np.where(np.arange(n) < known * n, rows.label, np.nan) if labels else np.full(n, np.nan)
    return profile(
        BINNING, SCHEMA, rows.features, rows.score, rows.event, rows.protected, label, rows.attributions,
        matured=np.full(n, labels), lags=_lags(n, portfolio.hours),
    )  # fmt: skip


def _lags(n: int, hours: float) -> tuple[FeatureLag, ...]:
    return (
        FeatureLag("application", n, n, 0, 2.0, 2.0 * n),
        FeatureLag("accounts", n, n, 0, hours, hours * n),
    )


def reference(nights: int = 20, n: int = 500, seed: int = 1000) -> tuple[Profile, ...]:
    return tuple(night(n, seed + i) for i in range(nights))


REFERENCE = reference()


def case(moment: Moment = Moment.NIGHT, **changes: Any) -> Case:
    """A quiet case; changes by name."""
    quiet = Case(
        moment=moment,
        as_of=date(2025, 6, 1),
        schema=SCHEMA,
        threshold=THRESHOLD,
        favourable_above=True,
        reference=REFERENCE,
        tonight=night(1000, 1) if moment is Moment.NIGHT else None,
        labelled=night(8000, 2),
        lags=(
            FeatureLag("application", 1000, 1000, 0, 2.0, 2000.0),
            FeatureLag("accounts", 1000, 900, 0, 20.0, 18000.0),
        ),
    )
    return replace(quiet, **changes)


#: The first night after the reference of the monitors.
FIRST = date(2025, 3, 3)


def watched_reference(nights: int = 56, n: int = 600, portfolio: Portfolio = Portfolio()) -> tuple[Profile, ...]:
    """The reference of a monitor: whole weeks of nights, the last of them the day before `FIRST`."""
    days = [FIRST - timedelta(days=nights - i) for i in range(nights)]
    return tuple(night(n, 2000 + i, portfolio, day=day) for i, day in enumerate(days))


WATCHED = watched_reference()


def nights(count: int, portfolio: Portfolio = Portfolio(), *, n: int = 600, first: int = 0) -> list[Profile]:
    """Consecutive nights from `FIRST` on, `first` nights later."""
    return [night(n, 5000 + i, portfolio, day=FIRST + timedelta(days=i)) for i in range(first, first + count)]


def led(
    check: Check,
    tonight: Iterable[Profile],
    settings: CheckSettings | None = None,
    *,
    reference: tuple[Profile, ...] = WATCHED,
    cohorts: Iterable[Profile | None] | None = None,
    nights_a_year: int = 365,
) -> tuple[Finding, ...]:
    """What a monitor's check says after it was fitted and has observed some nights.

    Args:
        check: the check.
        tonight: the nights, in order, at least one.
        settings: of the check; its defaults when None.
        reference: what it is fitted to.
        cohorts: the batch that has come of age on each night; the night itself when None.
        nights_a_year: batches a year.
    """
    batches = list(tonight)
    chosen = settings or check.settings()
    facts = MonitorFacts(SCHEMA, THRESHOLD, nights_a_year)
    assert check.fit is not None
    detector = check.fit(reference, facts, chosen)
    watched = None
    if detector is not None:
        state = detector.start()
        for index, (batch, cohort) in enumerate(zip(batches, cohorts or batches, strict=True)):
            seen = WatchedNight(FIRST + timedelta(days=index), batch, cohort)
            state = detector.observe(state, seen)
        watched = Watched(detector, state, seen)
    return check.judge(case(reference=reference, tonight=batches[-1], watched=watched), chosen, 0)


def by_subject(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    found = {finding.subject: finding for finding in findings}
    assert len(found) == len(findings), "each subject is spoken of once"
    return found

"""Small random portfolios, profiled for real, for the tests of the checks."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.binning import Binning
from tasks.evidence.case import Case, FeatureLag
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
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


@dataclass(frozen=True)
class Drawn:
    """Drawn rows."""

    features: Any
    score: Any
    label: Any
    protected: Any
    attributions: Any
    event: Any


def draw(n: int, seed: int, portfolio: Portfolio = Portfolio()) -> Drawn:
    rng = np.random.default_rng(seed)
    p = portfolio
    origin = rng.random(n) < p.minority
    income = 2000 + 300 * (p.shift + p.spread * rng.standard_normal(n))
    balance = np.where(rng.random(n) < p.nulls, np.nan, np.round(rng.exponential(50, n)) * (rng.random(n) < 0.6))
    job = rng.choice(["salaried", "retired", "student"], n, p=[0.6, 0.3, 0.1]).astype(object)
    job[rng.random(n) < p.unseen] = "astronaut"
    log_odds = p.signal * rng.standard_normal(n) - p.group_bias * origin
    truth = p.bias + p.slope * log_odds
    attributions = rng.standard_normal((n, 3)) * np.array([1.0, 0.6 * p.tilt, 0.2])
    return Drawn(
        features=pd.DataFrame({"income": income, "balance": balance, "job": job}),
        score=1 / (1 + np.exp(-log_odds)),
        label=(rng.random(n) < 1 / (1 + np.exp(-truth))).astype(float),
        protected=pd.DataFrame({"origin": np.where(origin, "B", "A").astype(object)}),
        attributions=attributions,
        event=pd.Series(pd.to_datetime(["2025-01-01"] * n, utc=True)),
    )


def binning(seed: int = 99, minimum_group: int = 30) -> Binning:
    rows = draw(4000, seed)
    return make_binning(
        rows.features, rows.score, rows.attributions, rows.protected, SCHEMA, THRESHOLD, minimum_group=minimum_group
    )


BINNING = binning()


def night(n: int, seed: int, portfolio: Portfolio = Portfolio(), *, labels: bool = True) -> Profile:
    rows = draw(n, seed, portfolio)
    label = rows.label if labels else np.full(n, np.nan)
    return profile(BINNING, SCHEMA, rows.features, rows.score, rows.event, rows.protected, label, rows.attributions)


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


def by_subject(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    found = {finding.subject: finding for finding in findings}
    assert len(found) == len(findings), "each subject is spoken of once"
    return found

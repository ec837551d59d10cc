"""Findings with every kind of exhibit, as the checks of a consumer-credit project would say them."""

import itertools

import numpy as np

from tasks.evidence.exhibit import BarChart, Line, LineChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval

VIEWS = {
    "application": ("requested_amount", "term_months", "employment_years", "purpose", "channel"),
    "bureau_monthly": ("bureau_score", "open_loans", "missed_payments_12m", "utilisation", "inquiries_6m"),
    "account_daily": ("balance_mean_30d", "balance_min_30d", "salary_in_30d", "overdraft_days_30d"),
    "derived": ("debt_to_income", "utilisation_change_3m"),
}
CATEGORICAL = {"purpose", "channel"}
FEATURES = tuple(name for names in VIEWS.values() for name in names)


def between(low: float, high: float) -> Interval:
    return Interval(low=low, high=high, level=0.95)


def _drift_chart(name: str, seed: int, shift: float) -> BarChart:
    rng = np.random.default_rng(seed)
    reference = rng.dirichlet(np.full(10, 30.0))
    tilt = reference * np.exp(shift * np.linspace(-1, 1, 10))
    edges = np.round(np.linspace(300, 850, 11)).astype(int)
    labels = tuple(f"{a} to {b}" for a, b in itertools.pairwise(edges))
    return BarChart(
        title=f"{name}: share of rows by value",
        unit="share of rows",
        labels=labels,
        series=(
            Series(name="reference", values=tuple(float(v) for v in reference)),
            Series(name="tonight", values=tuple(float(v) for v in tilt / tilt.sum())),
        ),
    )


def drift_findings(failing: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    found = []
    for seed, name in enumerate(FEATURES):
        fails = name in failing
        distance = 0.31 if fails else 0.02 + 0.004 * seed
        found.append(
            Finding(
                code="data_drift",
                subject=name,
                outcome=Outcome.FAIL if fails else Outcome.PASS,
                sentence=f"The values of {name} moved by {distance:.2f} standard deviations; up to 0.20 is allowed.",
                estimate=distance,
                interval=between(max(distance - 0.06, 0), distance + 0.06),
                limit=0.2,
                unit="standard deviations",
                n=598,
                evidence=(_drift_chart(name, seed, 1.2 if fails else 0.05),),
            )
        )
    return tuple(found)


def fairness_findings() -> tuple[Finding, ...]:
    groups = ("sex=female", "sex=male", "age_band=18-25", "age_band=26-60", "age_band=61+", "origin=A", "origin=B")
    rates = (0.12, 0.13, 0.19, 0.12, 0.08, 0.12, 0.17)
    widths = (0.02, 0.02, 0.05, 0.015, 0.04, 0.015, 0.05)
    chart = BarChart(
        title="Refusals by group",
        unit="share of rows",
        labels=groups,
        series=(
            Series(
                name="refused",
                values=rates,
                low=tuple(r - w for r, w in zip(rates, widths, strict=True)),
                high=tuple(r + w for r, w in zip(rates, widths, strict=True)),
            ),
        ),
        limits=(0.15,),
    )
    passing = Finding(
        code="fairness",
        subject="sex=female",
        outcome=Outcome.PASS,
        sentence="Women are refused 1.0 points less often than men; up to 5 points is allowed.",
        estimate=-0.01,
        interval=between(-0.03, 0.01),
        limit=0.05,
        unit="share of rows",
        n=8_204,
        evidence=(chart,),
    )
    unsure = Finding(
        code="fairness",
        subject="origin=B",
        outcome=Outcome.INCONCLUSIVE,
        sentence="Applicants of origin B are refused 5.0 points more often, give or take 5: too few rows to tell.",
        estimate=0.05,
        interval=between(0.0, 0.10),
        limit=0.05,
        unit="share of rows",
        n=212,
        needed=1_650,
        evidence=(chart,),
    )
    return unsure, passing


def metric_finding(name: str, value: float, half: float, limit: float) -> Finding:
    return Finding(
        code="performance",
        subject=name,
        outcome=Outcome.PASS,
        sentence=f"{name} on matured labels is {value:.3f}; at least {limit:.2f} is asked.",
        estimate=value,
        interval=between(value - half, value + half),
        limit=limit,
        unit=name,
        n=5_880,
    )


def calibration_finding(outcome: Outcome = Outcome.PASS) -> Finding:
    x = np.array([0.01, 0.03, 0.05, 0.08, 0.12, 0.18, 0.27, 0.41])
    y = x * np.array([0.9, 1.1, 1.0, 0.95, 1.08, 1.02, 0.96, 1.03])
    chart = LineChart(
        title="Predicted and observed share of defaults",
        x_label="predicted probability",
        y_label="observed share",
        lines=(
            Line(
                name="champion",
                x=tuple(x.tolist()),
                y=tuple(y.tolist()),
                low=tuple((y * 0.82).tolist()),
                high=tuple((y * 1.18).tolist()),
            ),
        ),
        diagonal=True,
    )
    return Finding(
        code="calibration",
        subject="all rows",
        outcome=outcome,
        sentence="Predicted probabilities are off by 0.4 points on average; up to 2 points is allowed.",
        estimate=0.004,
        interval=between(0.001, 0.009),
        limit=0.02,
        unit="probability",
        n=5_880,
        evidence=(chart,),
    )


def attribution_findings() -> tuple[Finding, ...]:
    rng = np.random.default_rng(4)
    share = np.sort(rng.dirichlet(np.full(len(FEATURES), 0.8)))[::-1]
    moved = np.clip(share + rng.normal(0, 0.01, len(FEATURES)), 0, 1)
    chart = BarChart(
        title="Share of attribution by feature",
        unit="share of attribution",
        labels=FEATURES,
        series=(
            Series(name="champion", values=tuple(share.tolist())),
            Series(name="challenger", values=tuple(moved.tolist())),
        ),
    )
    history = LineChart(
        title="Share of attribution of bureau_monthly, the last 12 nights",
        x_label="nights before this one",
        y_label="share of attribution",
        lines=tuple(
            Line(name=f"bureau_monthly, {who}", x=tuple(float(i) for i in range(-12, 1)), y=tuple(line.tolist()))
            for who, line in (
                ("champion", 0.4 + rng.normal(0, 0.01, 13)),
                ("challenger", 0.43 + rng.normal(0, 0.01, 13)),
                ("policy's middle", np.full(13, 0.41)),
            )
        ),
    )
    return (
        Finding(
            code="attribution",
            subject="all features",
            outcome=Outcome.PASS,
            sentence="The two models give their reasons in nearly the same proportions (distance 0.04 of 1).",
            estimate=0.04,
            interval=between(0.03, 0.05),
            limit=0.15,
            unit="share of attribution",
            n=2_000,
            evidence=(chart, history),
        ),
    )

"""Under the built-in policy clean nights of the built-in portfolio show no drift, and a real shift does.

The simulated lender as `assay.toml` has it, features joined by hand as of each morning (no Feast), a model trained on a
year of approved loans, 56 nights of reference, and nights 90 days after those: labels are late.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tasks.checks.discovery import discover
from tasks.decide.binding import bind
from tasks.decide.judging import judge
from tasks.decide.watching import fit_monitors
from tasks.evidence.case import Case
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.models.splits import time_ordered_split
from tasks.models.trained_model import TrainedModel
from tasks.models.training import train
from tasks.project.calendar import Span
from tasks.project.policy import load_policy
from tasks.project.settings import Incident, SimulatedSource, load_settings
from tasks.sources.simulated import SimulatedPortfolio
from tests.tasks.sources.portfolio import whole

ROOT = Path(__file__).parents[2]
SETTINGS = load_settings(ROOT)
assert isinstance(SETTINGS.source, SimulatedSource)
SOURCE = SETTINGS.source
CHECKS = ("data_drift", "score_drift")
CATEGORIES = ("purpose", "employment", "housing", "channel")
NUMBERS = (
    "amount", "term_months", "income", "bureau_score", "delinquencies_24m", "enquiries_6m", "total_debt",
    "monthly_debt_payment", "credit_lines", "oldest_line_months", "utilisation", "utilisation_30d_ago",
    "average_balance", "overdraft_days_90d", "months_on_book", "debt_to_income", "utilisation_change",
)  # fmt: skip
SCHEMA = FeatureSchema(
    service=SETTINGS.features.service,
    features=tuple(
        Feature(name=name, kind=Kind.CATEGORICAL if name in CATEGORIES else Kind.NUMERIC, view="joined")
        for name in (*NUMBERS, *CATEGORIES)
    ),
)
AS_OF = date(2025, 8, 1)
TEST = Span(AS_OF - timedelta(days=90 + 55), AS_OF - timedelta(days=90))


def joined(span: Span, *incidents: Incident) -> Any:
    """Rows of a span with every input of the model."""
    source = SOURCE.model_copy(update={"incidents": incidents})
    rows = whole(SimulatedPortfolio(source, SETTINGS.columns), span)
    instalment = rows["amount"] / rows["term_months"]
    ratio = (rows["monthly_debt_payment"] + instalment) / rows["income"]
    change = rows["utilisation"] - rows["utilisation_30d_ago"]
    return rows.assign(debt_to_income=ratio, utilisation_change=change)


def inputs(rows: Any) -> Any:
    return rows[list(SCHEMA.names)].reset_index(drop=True)


@cache
def champion() -> tuple[TrainedModel, tuple[Profile, ...]]:
    """The model with the edges of its reference, and the reference, one profile a night."""
    rows = joined(Span(TEST.first - timedelta(days=SETTINGS.training.train_batches), TEST.last))
    known = rows[rows["label"].notna()].reset_index(drop=True)
    split = time_ordered_split(known, TEST.first, SETTINGS.training.calibration_share)
    with threadpool_limits(1):
        model = train(inputs(known), known, split, SETTINGS, SCHEMA, ())
        reference = rows[rows["event_timestamp"] >= str(TEST.first)]
        features, nothing = inputs(reference), np.zeros((1, len(SCHEMA.features)))
        protected = reference[list(SETTINGS.columns.protected)].reset_index(drop=True)
        score = model.score(features)
        binning = make_binning(features, score, nothing, protected, SCHEMA, model.threshold, minimum_group=30)
        model = replace(model, binning=binning)
        return model, tuple(profiled(model, night) for _, night in reference.groupby("morning"))


def profiled(model: TrainedModel, rows: Any) -> Profile:
    features, unknown = inputs(rows), np.full(len(rows), np.nan)
    protected = rows[list(SETTINGS.columns.protected)].reset_index(drop=True)
    assert model.binning is not None
    return profile(
        model.binning, SCHEMA, features, model.score(features), rows["event_timestamp"], protected, unknown, None
    )


def findings(span: Span, *incidents: Incident) -> dict[date, list[Finding]]:
    """What the two checks say of each night of a span that does not pass, under the built-in policy."""
    model, reference = champion()
    bound = tuple(one for one in bind(load_policy(ROOT), discover(), Moment.NIGHT) if one.check.code in CHECKS)
    monitors = fit_monitors(bound, reference, MonitorFacts(SCHEMA, model.threshold, 365))
    states, said = monitors.start(), {}
    with threadpool_limits(1):
        for morning, rows in joined(span, *incidents).groupby("morning"):
            tonight = profiled(model, rows)
            case = Case(
                Moment.NIGHT, morning.date(), SCHEMA, model.threshold, favourable_above=False, reference=reference,
                tonight=tonight,
            )  # fmt: skip
            watched = WatchedNight(morning.date(), tonight, None)
            states = monitors.observe(states, watched)
            found = judge(case, bound, 0, monitors.watched(states, watched))
            assert {finding.code for finding in found} == set(CHECKS)
            said[morning.date()] = [finding for finding in found if finding.outcome is not Outcome.PASS]
    return said


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_clean_nights_of_two_months_show_no_drift():
    """62 nights with their weekdays and two pay-days: none may even be undecided, for that asks a person."""
    said = findings(Span(AS_OF, AS_OF + timedelta(days=61)))
    assert len(said) == 62
    assert {night: [one.sentence for one in found] for night, found in said.items() if found} == {}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_declared_market_shift_is_seen_within_a_week():
    """Half a standard deviation of income and bureau score, as `assay.toml` declares it for a later month."""
    first, last = AS_OF, AS_OF + timedelta(days=6)
    declared = next(incident for incident in SOURCE.incidents if incident.kind == "covariate_shift")
    shift = declared.model_copy(update={"first": first, "last": last, "on": True})
    said = findings(Span(first, last), shift)
    failed = {one.subject for found in said.values() for one in found if one.outcome is Outcome.FAIL}
    assert "bureau_score" in failed

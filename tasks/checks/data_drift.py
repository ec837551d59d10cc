"""Data drift: has a feature moved by more than matters, over nights, within a year's budget of false alarms?"""

from __future__ import annotations

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.histogram_chart import feature_chart, largest_move
from tasks.evidence.monitor import MonitorFacts
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import rows
from tasks.stats.bin_streams import LOCATION, SPREAD, feature_scores
from tasks.stats.e_bank import Bank, Reading
from tasks.stats.histogram_bank import BankLimits, histogram_bank
from tasks.stats.ranks import deviations_in_rank_shift, ratio_in_spread_auc
from tasks.stats.stream_finding import Told, findings, level_unit, location_unit, not_judged, spread_unit

CODE = "data_drift"


class DataDriftSettings(CheckSettings):
    """Limits of the data drift monitor."""

    location: float = limit(
        0.07, unit="standard deviations of the feature", source="STATISTICS.md, section 2: an AUC of .52", ge=0.01, le=3
    )
    spread: float = limit(
        1.07, unit="factor on the feature's standard deviation, up or down", source="the same AUC of .52", ge=1.01, le=9
    )
    share: float = limit(0.02, unit="share of rows, of a level", source="two rows in a hundred", ge=0.001, le=0.9)
    budget: float = limit(
        0.01, unit="false alarms a year", source="STATISTICS.md, section 1: half of data and scores", ge=1e-4, le=1
    )
    minimum_rows: int = limit(200, unit="rows of the night", source="STATISTICS.md, section 1: pool below it", ge=2)
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd; so few batches cannot tell it themselves",
        ge=0,
        le=2,
    )


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: DataDriftSettings) -> Bank | None:
    """The bank over all features: ranks u and |2u - 1| of numbers, the largest levels of categories, both ways.

    Tolerances are given in standard deviations, factors and shares, and watched as mean mid-ranks: a move of d standard
    deviations is Phi(d / sqrt 2) - 1/2, a factor r on the deviation (2 / pi) arctan r - 1/2.
    """
    if not reference:
        return None
    features = enumerate(reference[0].binning.features)
    scores = tuple(score for index, edges in features for score in feature_scores(index, edges))
    tolerances = np.array([_tolerance(score.aspect, settings) for score in scores])
    limits = BankLimits(settings.budget, settings.minimum_rows, settings.batch_effect)
    return histogram_bank(reference, lambda profile: profile.histograms, scores, tolerances, facts, limits)


def _tolerance(aspect: str, settings: DataDriftSettings) -> float:
    if aspect == LOCATION:
        return deviations_in_rank_shift(settings.location)
    return ratio_in_spread_auc(settings.spread) - 0.5 if aspect == SPREAD else settings.share


def judge(case: Case, settings: DataDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a feature; those that are to be blamed fail when the bank alarms. The seed is not used."""
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        return (not_judged(CODE, "the features", "there is no reference to compare tonight's rows with"),)
    tonight = watched.night.tonight
    alarm = watched.detector.alarm(watched.state)
    if tonight.rows < settings.minimum_rows and not alarm.red:
        why = f"the night has {rows(tonight.rows)}, and a drift is judged on at least {settings.minimum_rows:,}"
        return (not_judged(CODE, "the features", why, tonight.rows, settings.minimum_rows),)
    charts = _charts(tonight, merge_all(case.reference))
    readings = watched.detector.readings(watched.state, watched.night)
    units = {reading.aspect: level_unit(reading.aspect) for reading in readings} | _UNITS
    told = Told(
        CODE,
        alarm,
        units,
        aside=lambda reading: largest_move(charts[reading.subject]),
        charts=lambda reading: (charts[reading.subject],),
    )
    return (*findings(readings, told), *_without_reference(tonight, readings))


_UNITS = {LOCATION: location_unit("feature"), SPREAD: spread_unit("feature")}


def _charts(tonight: Profile, reference: Profile) -> dict[str, BarChart]:
    pairs = zip(tonight.binning.features, reference.histograms, tonight.histograms, strict=True)
    return {edges.name: feature_chart(edges, before, now) for edges, before, now in pairs}


def _without_reference(tonight: Profile, readings: tuple[Reading, ...]) -> tuple[Finding, ...]:
    """Features that the reference never had a value of: nothing can be said of them."""
    known = {reading.subject for reading in readings}
    missing = [edges.name for edges in tonight.binning.features if edges.name not in known]
    why = "has no value at all in the reference"
    return tuple(
        Finding(code=CODE, subject=name, outcome=Outcome.INCONCLUSIVE, sentence=f"{name} cannot be judged: it {why}.")
        for name in missing
    )


CHECK = Check(CODE, "Data drift", frozenset({Moment.NIGHT}), DataDriftSettings, judge, fit=fit)

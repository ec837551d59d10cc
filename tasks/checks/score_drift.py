"""Score drift: have the scores moved by more than matters, over nights, within a year's budget of false alarms?"""

from __future__ import annotations

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.histogram_chart import largest_move, numeric_chart
from tasks.evidence.monitor import MonitorFacts
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import percent, rows
from tasks.stats.bin_streams import LOCATION, SPREAD, rank_scores
from tasks.stats.e_bank import Bank
from tasks.stats.histogram_bank import BankLimits, histogram_bank
from tasks.stats.ranks import deviations_in_rank_shift, mid_ranks, ratio_in_spread_auc
from tasks.stats.stream_finding import Told, findings, location_unit, not_judged, spread_unit

CODE = "score_drift"

_UNITS = {LOCATION: location_unit("score"), SPREAD: spread_unit("score")}


class ScoreDriftSettings(CheckSettings):
    """Limits of the score drift monitor."""

    location: float = limit(
        0.07, unit="standard deviations of the score", source="STATISTICS.md, section 2: an AUC of .52", ge=0.01, le=3
    )
    spread: float = limit(
        1.07, unit="factor on the score's standard deviation, up or down", source="the same AUC of .52", ge=1.01, le=9
    )
    budget: float = limit(
        0.006, unit="false alarms a year", source="STATISTICS.md, section 2: .4 of .02, a quarter of it for the prior",
        ge=1e-4, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(200, unit="rows of the night", source="STATISTICS.md, section 1: pool below it", ge=2)
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd; so few batches cannot tell it themselves",
        ge=0,
        le=2,
    )


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: ScoreDriftSettings) -> Bank | None:
    """The bank on mid-ranks u and |2u - 1| of the score, both ways."""
    scored = [batch for batch in reference if batch.rows > 0]
    if not scored:
        return None
    scores = rank_scores("score", 0, mid_ranks(merge_all(tuple(scored)).scored[0]))
    tolerances = np.array([deviations_in_rank_shift(settings.location), ratio_in_spread_auc(settings.spread) - 0.5])
    limits = BankLimits(settings.budget, settings.minimum_rows, settings.batch_effect)
    return histogram_bank(scored, lambda profile: (profile.scored[0],), scores, tolerances, facts, limits)


def judge(case: Case, settings: ScoreDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding, on the distribution of the scores by rank; their mean is said beside it. The seed is not used."""
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        return (not_judged(CODE, "score", "there is no reference to compare tonight's scores with"),)
    tonight = watched.night.tonight
    alarm = watched.detector.alarm(watched.state)
    if tonight.rows < settings.minimum_rows and not alarm.red:
        why = f"the night has {rows(tonight.rows)}, and a drift is judged on at least {settings.minimum_rows:,}"
        return (not_judged(CODE, "score", why, tonight.rows, settings.minimum_rows),)
    reference = merge_all(case.reference)
    chart = numeric_chart("score", tonight.binning.score_cuts, reference.scored[0], tonight.scored[0])
    told = Told(
        CODE,
        alarm,
        _UNITS,
        aside=lambda reading: f"{_means(reference, tonight)}{largest_move(chart)}",
        charts=lambda reading: (chart,),
    )
    return findings(watched.detector.readings(watched.state, watched.night), told)


def _means(reference: Profile, tonight: Profile) -> str:
    if not tonight.rows:
        return ""
    return f"The mean score went from {percent(_mean(reference))} to {percent(_mean(tonight))}. "


def _mean(profile: Profile) -> float:
    return float(profile.score_totals[0].sum()) / profile.rows


CHECK = Check(CODE, "Score drift", frozenset({Moment.NIGHT}), ScoreDriftSettings, judge, fit=fit)

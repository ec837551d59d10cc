"""Attribution drift: do the features push scores as they did, over nights, within a year's budget of false alarms?"""

from __future__ import annotations

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding
from tasks.evidence.histogram_chart import largest_move, numeric_chart
from tasks.evidence.monitor import MonitorFacts
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import rows
from tasks.stats.bin_streams import LOCATION, SPREAD, rank_scores
from tasks.stats.e_bank import Bank
from tasks.stats.histogram_bank import BankLimits, histogram_bank
from tasks.stats.ranks import deviations_in_rank_shift, ratio_in_spread_auc
from tasks.stats.stream_finding import Told, findings, location_unit, not_judged, spread_unit

CODE = "attribution_drift"

_UNITS = {LOCATION: location_unit("attribution"), SPREAD: spread_unit("attribution")}


class AttributionDriftSettings(CheckSettings):
    """Limits of the attribution drift monitor."""

    location: float = limit(
        0.07, unit="standard deviations of a feature's attribution", source="STATISTICS.md, section 4, as for features",
        ge=0.01, le=3,
    )  # fmt: skip
    spread: float = limit(
        1.07, unit="factor on the attribution's standard deviation, up or down", source="the same AUC of .52", ge=1.01,
        le=9,
    )  # fmt: skip
    budget: float = limit(
        0.009, unit="false alarms a year", source="STATISTICS.md, section 1: .01, a tenth of it for the joint test",
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


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: AttributionDriftSettings) -> Bank | None:
    """The bank on mid-ranks u and |2u - 1| of every feature's attributions, both ways."""
    if not reference:
        return None
    binning = reference[0].binning
    scores = tuple(
        score
        for index, edges in enumerate(binning.features)
        for score in rank_scores(edges.name, index, binning.attribution_mid_ranks(index))
        if len(binning.attribution_cuts[index]) > 1
    )
    tolerances = np.array(
        [
            deviations_in_rank_shift(settings.location)
            if score.aspect == LOCATION
            else ratio_in_spread_auc(settings.spread) - 0.5
            for score in scores
        ]
    )
    limits = BankLimits(settings.budget, settings.minimum_rows, settings.batch_effect)
    return histogram_bank(reference, lambda profile: profile.attribution_histograms, scores, tolerances, facts, limits)


def judge(case: Case, settings: AttributionDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a feature that the model uses. The seed is not used.

    A move here without a move of the data means another model or another pipeline behind the same name; with one, it
    says which inputs the moved rows are scored by.
    """
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        return (not_judged(CODE, "the attributions", "the reference has none to compare with"),)
    tonight = watched.night.tonight
    alarm = watched.detector.alarm(watched.state)
    if tonight.attributed < settings.minimum_rows and not alarm.red:
        why = f"the night has {rows(tonight.attributed)} with attributions, and it takes {settings.minimum_rows:,}"
        return (not_judged(CODE, "the attributions", why, tonight.attributed, settings.minimum_rows),)
    charts = _charts(tonight, merge_all(case.reference))
    told = Told(
        CODE,
        alarm,
        _UNITS,
        aside=lambda reading: largest_move(charts[reading.subject]),
        charts=lambda reading: (charts[reading.subject],) if reading.blamed else (),
    )
    return findings(watched.detector.readings(watched.state, watched.night), told)


def _charts(tonight: Profile, reference: Profile) -> dict[str, BarChart]:
    binning = tonight.binning
    return {
        edges.name: numeric_chart(
            f"attribution of {edges.name}",
            binning.attribution_cuts[index],
            reference.attribution_histograms[index],
            tonight.attribution_histograms[index],
        )
        for index, edges in enumerate(binning.features)
    }


CHECK = Check(CODE, "Attribution drift", frozenset({Moment.NIGHT}), AttributionDriftSettings, judge, fit=fit)

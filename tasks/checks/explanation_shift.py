"""Explanation shift: can tonight's rows be told from the reference's by how the model explains them?"""

from __future__ import annotations

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts
from tasks.evidence.profile import Profile
from tasks.stats.joint_direction import JointDetector, RankMoments, joint_detector
from tasks.stats.joint_finding import joint_finding

CODE = "explanation_shift"


class ExplanationShiftSettings(CheckSettings):
    """Limits of the explanation shift monitor."""

    tolerance: float = limit(0.03, unit="AUC above 0.5", source="STATISTICS.md, sections 2 and 4", ge=0.001, le=0.4)
    budget: float = limit(
        0.001, unit="false alarms a year", source="STATISTICS.md, section 1: a tenth of attribution's .01", ge=1e-4,
        le=1,
    )  # fmt: skip
    minimum_rows: int = limit(200, unit="rows of the night", source="STATISTICS.md, section 1: pool below it", ge=2)
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where half of the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd; so few batches cannot tell it themselves",
        ge=0,
        le=2,
    )


def moments(profile: Profile) -> RankMoments:
    """Mid-ranks of a profile's attributions."""
    ranks = [profile.binning.attribution_mid_ranks(index) for index in range(len(profile.binning.features))]
    total = [float(histogram @ own) for histogram, own in zip(profile.attribution_histograms, ranks, strict=True)]
    return RankMoments(float(profile.attributed), np.array(total), profile.attribution_rank_cross)


def fit(
    reference: tuple[Profile, ...], facts: MonitorFacts, settings: ExplanationShiftSettings
) -> JointDetector | None:
    """The linear discriminant over the mid-ranks of all attributions (Mougan et al. 2025)."""
    return joint_detector(
        reference, moments, facts, settings.tolerance, settings.budget, settings.minimum_rows, settings.batch_effect
    )


def judge(case: Case, settings: ExplanationShiftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding. The seed is not used: the discriminant has a closed form."""
    return (joint_finding(case, CODE, "all attributions", case.schema.names, settings.minimum_rows),)


CHECK = Check(
    CODE, "Explanation shift", frozenset({Moment.NIGHT}), ExplanationShiftSettings, judge, compares=True, fit=fit
)

"""Joint drift: have many features moved a little, together, so that tonight's rows can be told from the reference's?"""

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

CODE = "joint_drift"


class JointDriftSettings(CheckSettings):
    """Limits of the joint drift monitor."""

    tolerance: float = limit(
        0.03, unit="AUC above 0.5", source="STATISTICS.md, section 2: .53, or 0.02 sd in each of 30 features", ge=0.001,
        le=0.4,
    )  # fmt: skip
    budget: float = limit(
        0.002, unit="false alarms a year", source="STATISTICS.md, section 2: a tenth of data and scores", ge=1e-4, le=1
    )
    minimum_rows: int = limit(200, unit="rows of the night", source="STATISTICS.md, section 1: pool below it", ge=2)
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where half of the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd; so few batches cannot tell it themselves",
        ge=0,
        le=2,
    )


def moments(profile: Profile) -> RankMoments:
    """Mid-ranks of a profile's features; a missing value stands in the middle."""
    pairs = zip(profile.binning.features, profile.histograms, profile.nulls, strict=True)
    total = [float(histogram @ edges.mid_ranks) + 0.5 * int(nulls) for edges, histogram, nulls in pairs]
    return RankMoments(float(profile.rows), np.array(total), profile.rank_cross)


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: JointDriftSettings) -> JointDetector | None:
    """The linear discriminant over all features' mid-ranks."""
    return joint_detector(
        reference, moments, facts, settings.tolerance, settings.budget, settings.minimum_rows, settings.batch_effect
    )


def judge(case: Case, settings: JointDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding. The seed is not used: the discriminant has a closed form."""
    return (joint_finding(case, CODE, "all features", case.schema.names, settings.minimum_rows),)


CHECK = Check(CODE, "Joint drift", frozenset({Moment.NIGHT}), JointDriftSettings, judge, compares=True, fit=fit)

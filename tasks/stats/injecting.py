"""Injecting: a declared change made to a profile. Pure; the same seed and night give the same change."""

from __future__ import annotations

from datetime import date

import numpy as np

from tasks.evidence.injection import Injection, InjectionKind
from tasks.evidence.profile import Profile
from tasks.stats.shifted_concept import shifted_concept
from tasks.stats.shifted_feature import rescaled, shifted
from tasks.stats.spoiled_feature import blanked, unseen
from tasks.stats.thinned_night import scaled_volume

_OF_FEATURES = {
    InjectionKind.COVARIATE: shifted,
    InjectionKind.NULLS: blanked,
    InjectionKind.UNSEEN: unseen,
    InjectionKind.UNIT: rescaled,
}


def inject(injection: Injection, profile: Profile, night: date, seed: int) -> Profile:
    """The profile with the change in it. What the profile cannot say of it stays: see each change.

    Args:
        injection: the change; its first night is the caller's to mind.
        profile: the rows of a batch.
        night: the batch's night.
        seed: of the draws, together with the night.
    """
    rng = np.random.default_rng((seed, night.toordinal()))
    if injection.kind is InjectionKind.VOLUME:
        return scaled_volume(profile, injection.size, rng)
    if injection.kind is InjectionKind.CONCEPT:
        groups = [group.name for group in profile.binning.groups]
        return shifted_concept(profile, groups.index(injection.subject), injection.size, rng)
    names = [edges.name for edges in profile.binning.features]
    return _OF_FEATURES[injection.kind](profile, names.index(injection.subject), injection.size, rng)


def changes_labels(injection: Injection) -> bool:
    """Whether the change is one of outcomes, seen when they are known, and not of the rows of the night itself."""
    return injection.kind is InjectionKind.CONCEPT

"""Quiet nights: whether a night is to be kept, without building what nobody will read. Pure.

A year of nights is replayed in seconds because most of them are quiet: no required check has anything to say. To know
it, advisory checks need not be judged (they never decide), and a bank of streams that is not even within a tenth of an
alarm says tonight what it said on the last night that it could see as much of. Any other night is judged whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from tasks.decide.binding import BoundCheck
from tasks.decide.judging import judge
from tasks.evidence.case import Case, Watched
from tasks.evidence.check import CheckSettings
from tasks.evidence.decision import Role
from tasks.evidence.finding import Finding
from tasks.stats.e_bank import Bank, Flags


class QuietFindings:
    """Findings of the required checks, those of quiet monitors remembered from an earlier night."""

    def __init__(self) -> None:
        """Nothing remembered yet."""
        self._remembered: dict[Hashable, tuple[Finding, ...]] = {}

    def of(
        self, case: Case, required: tuple[BoundCheck, ...], seed: int, watched: Mapping[str, Watched]
    ) -> tuple[Finding, ...]:
        """Findings with the outcomes that judging would give; those of quiet monitors may have another night's figures.

        Args:
            case: what the checks may look at.
            required: the checks that decide.
            seed: seed of their random draws.
            watched: the monitors after the night, by code of their check.
        """
        found: list[Finding] = []
        for one in required:
            own = watched.get(one.check.code)
            visible = None if own is None else _visible(own, one.settings)
            if own is None or visible is None:
                found += judge(case, (one,), seed, watched)
                continue
            key = (one.check.code, one.settings.model_dump_json(), id(own.detector), visible)
            if key not in self._remembered:
                self._remembered[key] = judge(case, (one,), seed, watched)
            found += self._remembered[key]
        return tuple(found)


def required_checks(bound: tuple[BoundCheck, ...]) -> tuple[BoundCheck, ...]:
    """The checks that decide."""
    return tuple(one for one in bound if one.role is Role.REQUIRED)


def _visible(watched: Watched, settings: CheckSettings) -> Hashable | None:
    """All that the outcome of a quiet monitor depends on: which streams have rows, and enough of them.

    None where it depends on more. A monitor that learns from night to night may know enough for one night and not for
    the next. A subject of which some streams have rows and others have none is judged by the one that moved most.
    """
    detector, night = watched.detector, watched.night
    if not isinstance(detector, Bank) or detector.alarm(watched.state).amber:
        return None
    seen = detector.seen(night)
    if not seen.all() and _partly_seen(detector, seen):
        return None
    fewest = getattr(settings, "minimum_rows", 0)
    coverage = getattr(settings, "coverage", 0.0)
    cohort = night.cohort
    return (
        seen.tobytes(),
        night.tonight.rows >= fewest,
        night.tonight.attributed >= fewest,
        None if cohort is None else (cohort.labelled > 0, cohort.coverage >= coverage),
    )


def _partly_seen(bank: Bank, seen: Flags) -> bool:
    """Whether a subject has streams with rows tonight and others without."""
    subjects = [subject for part in bank.parts for subject in part.streams.subject]
    return len(set(zip(subjects, seen.tolist(), strict=True))) > len(set(subjects))

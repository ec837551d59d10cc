"""Enough labels: are there enough outcomes, and almost all of those that will ever come, to learn from?"""

from __future__ import annotations

from math import ceil

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.wording import percent, plain, rows

CODE = "enough_labels"


class EnoughLabelsSettings(CheckSettings):
    """Limits of the guard."""

    minimum_events: int = limit(
        200, unit="rows of the rarer label", source="STATISTICS.md, section 8; Van Calster et al. (2019)", ge=1
    )
    events_per_feature: float = limit(
        10, unit="rows of the rarer label for each model input", source="Peduzzi et al. (1996)", ge=0
    )
    labelled_share: float = limit(
        0.95,
        unit="share of the labels that are awaited",
        source="STATISTICS.md, section 3: events come first, so a share of events among half of the labels is too high",
        ge=0,
        le=1,
    )


def judge(case: Case, settings: EnoughLabelsSettings, seed: int) -> tuple[Finding, ...]:
    """Three findings: events, events for each input, and the share of the awaited labels that came. No seed is used.

    Events are the rows of the rarer label. All three are counts, not samples, so each is compared with its limit
    itself: pass at or above it, fail below.
    """
    known = case.labelled
    if known is None:
        sentence = "Whether there are enough labels cannot be judged: no batch with matured labels is known."
        return (Finding(code=CODE, subject="labels", outcome=Outcome.INCONCLUSIVE, sentence=sentence),)
    return (
        _events(known, settings.minimum_events),
        _per_feature(known, len(case.schema.features), settings.events_per_feature),
        _share(known, settings.labelled_share),
    )


def _events(known: Profile, minimum: int) -> Finding:
    events = _rarer(known)
    return Finding(
        code=CODE,
        subject="events",
        outcome=Outcome.PASS if events >= minimum else Outcome.FAIL,
        sentence=f"Of {rows(known.labelled)} with a matured label {events:,} have the rarer one; "
        f"it takes {minimum:,} to train and judge a model.",
        estimate=float(events),
        limit=float(minimum),
        unit="rows",
        n=known.labelled,
        needed=_needed(known, minimum),
    )


def _per_feature(known: Profile, features: int, minimum: float) -> Finding:
    if features == 0:
        sentence = "Events for each model input cannot be counted: the model has no input."
        return Finding(code=CODE, subject="events per feature", outcome=Outcome.INCONCLUSIVE, sentence=sentence)
    each = _rarer(known) / features
    return Finding(
        code=CODE,
        subject="events per feature",
        outcome=Outcome.PASS if each >= minimum else Outcome.FAIL,
        sentence=f"There are {plain(each, 1)} rows of the rarer label for each of {features} model inputs; "
        f"below {plain(minimum, 1)} a model learns the noise of single rows.",
        estimate=each,
        limit=minimum,
        unit="rows for each input",
        n=known.labelled,
        needed=_needed(known, minimum * features),
    )


def _share(known: Profile, minimum: float) -> Finding:
    if known.awaited <= 0:
        sentence = "The share of the awaited labels cannot be judged: no row is old enough for its label."
        return Finding(code=CODE, subject="labelled share", outcome=Outcome.INCONCLUSIVE, sentence=sentence)
    share = known.labelled / known.awaited
    return Finding(
        code=CODE,
        subject="labelled share",
        outcome=Outcome.PASS if share >= minimum else Outcome.FAIL,
        sentence=f"{rows(known.matured).capitalize()} are old enough for a label, {known.awaited:,.0f} labels are "
        f"awaited of them and {known.labelled:,} came: {percent(share)}; it takes {percent(minimum)}.",
        estimate=share,
        limit=minimum,
        unit="share of awaited labels",
        n=known.matured,
    )


def _rarer(known: Profile) -> int:
    return min(known.events, known.labelled - known.events)


def _needed(known: Profile, minimum: float) -> int | None:
    """Labelled rows it would take at this share of events; None where there are enough, or none to go by."""
    events = _rarer(known)
    return ceil(known.labelled * minimum / events) if 0 < events < minimum else None


CHECK = Check(CODE, "Enough labels", frozenset({Moment.RETRAIN}), EnoughLabelsSettings, judge)

"""Incidents of the simulated portfolio: declared, dated faults, off until `on = true`.

What `size` means, and which date must lie in the incident's:

| kind | `size` | what happens | date |
|---|---|---|---|
| `covariate_shift` | standard deviations, any sign | applicants come from another population, whose log income and bureau score lie `size` standard deviations lower; defaults follow them truly | event |
| `concept_shift` | log-odds, 0 or more | inside origin B the log-odds of default flatten toward their centre by the share min(size, 1), and rise by `size` | event |
| `unit_error` | factor, above 0 | the income in `applications` is multiplied by it (100: cents for euros; 12: yearly for monthly); the truth stays | event |
| `null_flood` | share, 0 to 1 | this share of the applicants come with no `bureau_score` in `bureau`; the truth stays | event |
| `late_delivery` | share, 0 to 1 | this share of the rows arrives one to five days late, with their features | event |
| `duplicate_delivery` | share, 0 to 1 | this share of the previous night's rows is delivered again | arrival |
| `poisoned_labels` | share, 0 to 1 | this share of the labels of the broker's channel is flipped | outcome |

Two incidents of one kind at once: shares and factors of the one declared last hold.
"""  # noqa: E501  a table's row is one line

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from tasks.project.settings import Incident
from tasks.sources.simulated_applicants import ORIGIN_B
from tasks.sources.simulated_applications import BROKER, DAY_US
from tasks.sources.simulated_draws import Draws, Flags, Integers, Reals
from tasks.sources.simulated_risk import CENTRE, Truth

#: Most days by which a late row is late.
MOST_DAYS_LATE = 5


@dataclass(frozen=True, slots=True)
class Incidents:
    """The incidents that are on.

    Attributes:
        seed: seed of the simulation.
        active: incidents with `on = true`, in declared order.
    """

    seed: int
    active: tuple[Incident, ...]

    @property
    def shifts(self) -> tuple[float, ...]:
        """Shift of each block of the population: none for the usual block, then one a covariate shift."""
        return (0.0, *(incident.size for incident in self._of("covariate_shift")))

    def block(self, nights: Integers) -> Integers:
        """Block of the population that the applicants of each night come from, shape (nights,)."""
        block = np.zeros(nights.shape, dtype=np.int64)
        for number, incident in enumerate(self._of("covariate_shift"), start=1):
            block[_within(incident, nights)] = number
        return block

    def shifted(self, odds: Reals, truth: Truth) -> Reals:
        """True log-odds of default under the concept shifts, shape (n,)."""
        size = self._sizes("concept_shift", truth.applications.day, 0.0)
        size = np.where(truth.traits.origin == ORIGIN_B, size, 0.0)
        return CENTRE + (1.0 - np.minimum(size, 1.0)) * (odds - CENTRE) + size

    def stated_income(self, truth: Truth) -> Reals:
        """The income that the feed delivers: NaN where it was not stated, and in a wrong unit where that is on."""
        asked = truth.applications
        return np.where(asked.income_stated, asked.income * self._sizes("unit_error", asked.day, 1.0), np.nan)

    def delivered_score(self, score: Reals, applicant: Integers, day: Integers) -> Reals:
        """The bureau score that the feed of a day delivers: NaN where the flood of nulls is on, shape (n,)."""
        share = self._sizes("null_flood", day, 0.0)
        return np.where(Draws.of(self.seed, "null flood", applicant, day).uniform("null") < share, np.nan, score)

    def arrivals(self, truth: Truth) -> Integers:
        """When each row arrives: at its event, or whole days later; microseconds since 1970, shape (n,)."""
        asked = truth.applications
        late = asked.draws.uniform("late") < self._sizes("late_delivery", asked.day, 0.0)
        days = 1 + (asked.draws.uniform("days late") * MOST_DAYS_LATE).astype(np.int64)
        arrivals: Integers = asked.event + np.where(late, days, 0) * DAY_US
        return arrivals

    def delivered_again(self, truth: Truth) -> Flags:
        """Which rows are delivered once more on the night after their event, shape (n,)."""
        asked = truth.applications
        again: Flags = asked.draws.uniform("again") < self._sizes("duplicate_delivery", asked.day + 1, 0.0)
        return again

    def delivered_labels(self, defaulted: Flags, truth: Truth, outcome: Integers) -> Flags:
        """The labels that are delivered: the truth, but for the poisoned ones.

        Args:
            defaulted: which applications truly default, shape (n,).
            truth: all that is true of the applications.
            outcome: when the labels become known, microseconds since 1970.
        """
        share = self._sizes("poisoned_labels", outcome // DAY_US, 0.0)
        flipped = (truth.applications.channel == BROKER) & (truth.applications.draws.uniform("poison") < share)
        delivered: Flags = defaulted ^ flipped
        return delivered

    def on(self, kind: str, nights: Integers) -> Flags:
        """On which nights an incident of the kind is on, shape (nights,)."""
        on = np.zeros(nights.shape, dtype=np.bool_)
        for incident in self._of(kind):
            on |= _within(incident, nights)
        return on

    def _of(self, kind: str) -> tuple[Incident, ...]:
        return tuple(incident for incident in self.active if incident.kind == kind)

    def _sizes(self, kind: str, day: Integers, otherwise: float) -> Reals:
        sizes = np.full(day.shape, otherwise)
        for incident in self._of(kind):
            sizes[_within(incident, day)] = incident.size
        return sizes


def size_faults(incidents: tuple[Incident, ...]) -> list[str]:
    """What is wrong with the declared incidents, on or off: one sentence a fault."""
    faults = []
    for number, incident in enumerate(incidents):
        where = f"source.incidents.{number} ({incident.kind})"
        expected, possible = _range_of(incident)
        if not (possible and np.isfinite(incident.size)):
            faults.append(f"{where}: expected size to be {expected}, received {incident.size:g}; correct it")
        if incident.last is not None and incident.last < incident.first:
            faults.append(f"{where}: ends on {incident.last}, before it begins on {incident.first}; correct either")
    return faults


def _range_of(incident: Incident) -> tuple[str, bool]:
    """What the size may be, in words, and whether it is."""
    match incident.kind:
        case "covariate_shift":
            return "a finite number of standard deviations", True
        case "concept_shift":
            return "log-odds of 0 or more", incident.size >= 0
        case "unit_error":
            return "a factor above 0", incident.size > 0
        case _:
            return "a share from 0 to 1", 0 <= incident.size <= 1


def ordinal(day: date) -> int:
    """Days since 1 January 1970."""
    return int(np.datetime64(day, "D").astype(np.int64))


def _within(incident: Incident, day: Integers) -> Flags:
    last = np.inf if incident.last is None else ordinal(incident.last)
    within: Flags = (day >= ordinal(incident.first)) & (day <= last)
    return within

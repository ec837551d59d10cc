"""SimulatedPortfolio: a consumer-credit lender that does not exist, night by night.

One delivery holds the night's applications (`rows`), the labels that matured (`labels`), and three feature tables
with their own clocks: `applications` (the form), `bureau` (monthly snapshots) and `accounts` (daily aggregates of
existing customers). Outcomes exist for approved applications only, as in life (selective labels).

Every number is a function of the seed and of who and when it is about, so a night is the same alone, in a span,
today or in a year. Faults can be declared: see `simulated_incidents` for what each `size` means.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from tasks.project.calendar import Span
from tasks.project.errors import ConfigurationError
from tasks.project.settings import ColumnsSection, SimulatedSource
from tasks.sources import simulated_tables as tables
from tasks.sources.delivery import LABELS, ROWS, Delivery, Source, Table
from tasks.sources.simulated_applicants import Population
from tasks.sources.simulated_applications import DAY_US, Intake
from tasks.sources.simulated_draws import Integers
from tasks.sources.simulated_incidents import MOST_DAYS_LATE, Incidents, ordinal, size_faults
from tasks.sources.simulated_risk import Truth

#: Applicants for each row of a mean night: how often people come back.
_APPLICANTS_PER_ROW = 200

_AVAILABLE = {
    "entities": ("application_id", "applicant_id"),
    "protected": ("sex", "age_band", "origin"),
    "context": ("approval", "propensity"),
}


class SimulatedPortfolio(Source):
    """The simulated portfolio as a source.

    Args:
        settings: `[source]` of the project.
        columns: `[columns]` of the project: which of the simulation's columns the rows carry.

    Raises:
        ConfigurationError: columns that the simulation does not have, or incidents that cannot be.
    """

    def __init__(self, settings: SimulatedSource, columns: ColumnsSection) -> None:
        faults = [*_column_faults(columns), *size_faults(settings.incidents)]
        if settings.last < settings.first:
            faults.append(
                f"source.last: expected a day on or after source.first ({settings.first}), "
                f"received {settings.last}; correct either"
            )
        if faults:
            raise ConfigurationError("assay.toml: the simulated portfolio", faults)
        self._settings = settings
        self._columns = columns
        self._incidents = Incidents(settings.seed, tuple(incident for incident in settings.incidents if incident.on))
        size = settings.rows_per_night * _APPLICANTS_PER_ROW
        self._population = Population(settings.seed, size, self._incidents.shifts)
        self._intake = Intake(settings.seed, settings.rows_per_night, self._population)

    def first(self) -> date:
        """First day that has anything."""
        return self._settings.first

    def last(self) -> date:
        """Last complete day; the default night."""
        return self._settings.last

    def deliver(self, span: Span) -> Delivery:
        """What became known in the span: equal to the deliveries of its nights, one after the other."""
        window = tables.Window(ordinal(span.first) * DAY_US, (ordinal(span.last) + 1) * DAY_US)
        book = tables.open_book(self._truth(self._nights_behind(span)), self._population, self._incidents)
        own = self._columns
        carried = ["row_key", *own.entities, "event_timestamp", "arrived_timestamp", *own.protected, *own.context]
        return Delivery(
            span,
            (
                Table(ROWS, tables.rows_table(book, window)[carried]),
                Table(LABELS, tables.labels_table(book, window)),
                Table("applications", tables.applications_table(book, window)),
                Table("bureau", tables.bureau_table(book, window)),
                Table("accounts", tables.accounts_table(book, window)),
            ),
        )

    def _nights_behind(self, span: Span) -> Integers:
        """The nights of which the delivery of a span can hold something."""
        own = np.arange(ordinal(span.first), ordinal(span.last) + 1)
        before = np.arange(own[0] - MOST_DAYS_LATE, own[0])
        late = before[self._incidents.on("late_delivery", before)]
        again = own[self._incidents.on("duplicate_delivery", own)] - 1
        nights: Integers = np.unique(np.concatenate([own, late, again, own - tables.MATURITY_DAYS]))
        return nights[(nights >= ordinal(self._settings.first)) & (nights <= ordinal(self._settings.last))]

    def _truth(self, nights: Integers) -> Truth:
        applications, traits = self._intake.applications(nights, self._incidents.block(nights))
        return Truth(
            applications=applications,
            traits=traits,
            snapshot=self._population.snapshot(traits, tables.published_month(traits, applications.day)),
            account=self._population.account(traits, applications.day),
        )


def _column_faults(columns: ColumnsSection) -> list[str]:
    """Columns that the project names and the simulation does not have."""
    return [
        f"columns.{role}: expected some of {', '.join(available)}, received {name!r}; remove it"
        for role, available in _AVAILABLE.items()
        for name in getattr(columns, role)
        if name not in available
    ]

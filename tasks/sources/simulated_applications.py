"""Applications of the simulated portfolio: how many come in a night, when, by whom, and what they ask for.

Volume follows the weekday (fewer at weekends) and pay-day (more around the 25th, for smaller amounts).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.sources.simulated_applicants import SELF_EMPLOYED, Population, Traits
from tasks.sources.simulated_draws import Draws, Flags, Integers, Reals

PURPOSE = ("car", "home", "debt_consolidation", "appliance", "travel", "other")
CHANNEL = ("web", "app", "branch", "broker")

#: The broker's channel: the segment whose labels a poisoning flips.
BROKER = CHANNEL.index("broker")
DEBT_CONSOLIDATION = PURPOSE.index("debt_consolidation")

DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000

#: Monday to Sunday; mean 1.
_WEEKDAY = np.array([1.15, 1.15, 1.12, 1.10, 1.05, 0.80, 0.63])
_PAY_DAY = 25
#: How much more comes on pay-day, and how much smaller the amounts are.
_PAY_DAY_VOLUME = 0.35
_PAY_DAY_AMOUNT = -0.25
#: Mean of the pay-day bump over a month.
_PAY_DAY_MEAN = 0.206
#: Share of a night's applications that came by each hour; none before six, after the nightly feeds.
_HOURS = np.array([6, 8, 10, 12, 14, 17, 19, 21, 22.5, 24])
_SHARE_BY_HOUR = np.array([0, 0.03, 0.14, 0.28, 0.42, 0.60, 0.77, 0.92, 0.98, 1])
_TERMS = np.array([12.0, 24.0, 36.0, 48.0, 60.0, 72.0])
_AMOUNT_BY_PURPOSE = np.array([0.45, 0.35, 0.30, -0.75, -0.45, -0.15])
_PURPOSE_WEIGHTS = np.array([0.26, 0.17, 0.22, 0.14, 0.09, 0.12])
_CHANNEL_BY_AGE = np.array(
    [[0.32, 0.42, 0.06, 0.20], [0.40, 0.28, 0.10, 0.22], [0.42, 0.16, 0.21, 0.21], [0.32, 0.08, 0.42, 0.18]]
)


@dataclass(frozen=True, slots=True)
class Applications:
    """The applications of some nights, in order of time; arrays of shape (n,).

    Attributes:
        day: night of the event, days since 1 January 1970.
        number: number within the night, from 0, in order of time.
        event: microseconds since 1970, UTC.
        applicant: number of the applicant.
        amount: amount asked for, in euros.
        term_months: term asked for.
        purpose: index into `PURPOSE`.
        channel: index into `CHANNEL`.
        income: true monthly income, in euros.
        income_stated: False where the form leaves it out, which low earners and the self-employed do more often.
        draws: draws of the applications, for what follows.
    """

    day: Integers
    number: Integers
    event: Integers
    applicant: Integers
    amount: Reals
    term_months: Reals
    purpose: Integers
    channel: Integers
    income: Reals
    income_stated: Flags
    draws: Draws


@dataclass(frozen=True, slots=True)
class Intake:
    """What the lender takes in.

    Attributes:
        seed: seed of the simulation.
        rows_per_night: mean of applications a night.
        population: where applicants come from.
    """

    seed: int
    rows_per_night: int
    population: Population

    def volumes(self, nights: Integers) -> Integers:
        """Number of applications of each night; nights in days since 1970, shape (nights,)."""
        season = _WEEKDAY[(nights + 3) % 7] * (1 + _PAY_DAY_VOLUME * _pay_day(nights))
        mean = self.rows_per_night * season / (1 + _PAY_DAY_VOLUME * _PAY_DAY_MEAN)
        draws = Draws.of(self.seed, "night", nights)
        # A count with the spread of a Poisson count, and 2% of spread that does not shrink with volume.
        spread = np.sqrt(mean + (0.02 * mean) ** 2)
        volumes: Integers = np.maximum(np.rint(mean + spread * draws.normal("volume")), 0).astype(np.int64)
        return volumes

    def applications(self, nights: Integers, block: Integers) -> tuple[Applications, Traits]:
        """The applications of some nights, with the traits of their applicants.

        Args:
            nights: distinct nights in order, days since 1970, shape (nights,).
            block: block of the population that each night's applicants come from, shape (nights,).
        """
        volumes = self.volumes(nights)
        day = np.repeat(nights, volumes)
        number = np.arange(len(day)) - np.repeat(np.cumsum(volumes) - volumes, volumes)
        draws = Draws.of(self.seed, "application", day, number)
        hour = np.interp(draws.uniform("time of day"), _SHARE_BY_HOUR, _HOURS)
        event = np.sort(day * DAY_US + np.minimum((hour * _HOUR_US).astype(np.int64), DAY_US - 1))
        drawn = (draws.uniform("applicant") * self.population.size).astype(np.int64)
        traits = self.population.traits(drawn + np.repeat(block, volumes) * self.population.size)
        return _fill_in(day, number, event, traits, draws), traits


def _fill_in(day: Integers, number: Integers, event: Integers, traits: Traits, draws: Draws) -> Applications:
    purpose = draws.choice("purpose", _PURPOSE_WEIGHTS)
    means = np.log(6500.0) + _AMOUNT_BY_PURPOSE[purpose] + 0.4 * (traits.log_income - np.log(2450.0))
    amount = np.exp(means + 0.55 * draws.normal("amount")) * (1 + _PAY_DAY_AMOUNT * _pay_day(day))
    income = np.clip(np.exp(traits.log_income + 0.03 * draws.normal("income")), 300.0, 60_000.0)
    return Applications(
        day=day,
        number=number,
        event=event,
        applicant=traits.applicant,
        amount=np.clip(np.round(amount, -2), 500.0, 50_000.0),
        term_months=_TERMS[_term_index(amount, draws)],
        purpose=purpose,
        channel=draws.choice("channel", _CHANNEL_BY_AGE[traits.age_band]),
        income=np.round(income, -1),
        income_stated=draws.uniform("stated") >= _silence(traits),
        draws=draws,
    )


def _term_index(amount: Reals, draws: Draws) -> Integers:
    """Larger amounts are paid back over longer terms."""
    wanted = 2.0 + 1.1 * np.log(amount / 6500.0) + 1.1 * draws.normal("term")
    index: Integers = np.clip(np.rint(wanted), 0, len(_TERMS) - 1).astype(np.int64)
    return index


def _silence(traits: Traits) -> Reals:
    """Probability that the income is left out: missing not at random, since it depends on the income itself."""
    poverty = (np.log(2450.0) - traits.log_income) / 0.45
    logit = -2.9 + 0.9 * poverty + 1.4 * (traits.employment == SELF_EMPLOYED)
    probability: Reals = 1.0 / (1.0 + np.exp(-logit))
    return probability


def _pay_day(days: Integers) -> Reals:
    """Nearness to pay-day, from 0 to 1: a bell of 2.5 days around the 25th, which reaches into the next month."""
    date = days.astype("datetime64[D]")
    of_month = (date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    distance = np.minimum(np.abs(of_month - _PAY_DAY), of_month + 31 - _PAY_DAY)
    nearness: Reals = np.exp(-0.5 * (distance / 2.5) ** 2)
    return nearness

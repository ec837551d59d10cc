"""Clean years: how often monitors alarm on nights that are the reference's own.

Years are drawn from the reference night by night, with replacement, whole nights at a time: features of one night stay
together, and a Monday is a Monday. What is drawn is known to the monitors' reference by its mean, so an error of the
reference itself is not in these years; nor is a slow drift that the reference does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.interval import Interval
from tasks.evidence.monitor import Detector, MonitorFacts
from tasks.evidence.profile import Profile
from tasks.stats.e_bank import Bank
from tasks.stats.joint_direction import JointDetector
from tasks.stats.joint_years import joint_alarms
from tasks.stats.poisson import poisson_rate
from tasks.stats.reference_nights import as_night, weekday_of

Integers = NDArray[np.int64]

#: Above this a sum of evidence grows no more: far above every threshold, and no product of it overflows.
_CAP = 1e150


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """False alarms of one monitor, or of all.

    Attributes:
        alarms: in all years.
        years_with: years with at least one.
        a_year: alarms a year.
        interval: exact 95% interval of it.
    """

    alarms: int
    years_with: int
    a_year: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class CleanYears:
    """False alarms of simulated years.

    Attributes:
        years: years that were drawn.
        nights: nights of each.
        by_monitor: alarms by the code of the check.
        together: alarms of all of them.
    """

    years: int
    nights: int
    by_monitor: Mapping[str, AlarmRate]
    together: AlarmRate


def clean_years(
    detectors: Mapping[str, Detector], reference: Sequence[Profile], facts: MonitorFacts, years: int, seed: int
) -> CleanYears:
    """Run monitors over years of clean nights. A monitor that alarmed starts again, and may alarm again.

    Args:
        detectors: the monitors, fitted to the reference, by code.
        reference: its batches with rows, at least one.
        facts: what else is known.
        years: years to draw, at least 1.
        seed: of the draws.

    Raises:
        ValueError: no batch, or no year.
    """
    batches = tuple(batch for batch in reference if batch.rows)
    if not batches or years < 1:
        raise ValueError(f"expected reference batches with rows and at least one year, got {len(batches)} and {years}")
    drawn = draw_nights(batches, facts, years, np.random.default_rng(seed))
    alarms = {code: _alarms(detector, batches, drawn) for code, detector in detectors.items()}
    total = np.sum(list(alarms.values()), axis=0) if alarms else np.zeros(years, dtype=np.int64)
    return CleanYears(years, len(drawn), {code: _rate(own) for code, own in alarms.items()}, _rate(total))


def draw_nights(batches: Sequence[Profile], facts: MonitorFacts, years: int, rng: np.random.Generator) -> Integers:
    """Which batch each night of each year is, (nights, years): of its own weekday where there is one of each.

    Args:
        batches: the reference's.
        facts: nights a year, and whether nights have weekdays.
        years: years to draw.
        rng: draws them.
    """
    weekdays = [weekday_of(batch, facts) for batch in batches]
    of_day = [[index for index, own in enumerate(weekdays) if own == day] for day in range(7)]
    everything = list(range(len(batches)))
    pools = of_day if all(of_day) else [everything]
    return np.stack([rng.choice(pools[night % len(pools)], size=years) for night in range(facts.nights_a_year)])


def _alarms(detector: Detector, batches: Sequence[Profile], drawn: Integers) -> Integers:
    if isinstance(detector, Bank):
        return bank_alarms(detector, batches, drawn)
    if isinstance(detector, JointDetector):
        return joint_alarms(detector, batches, drawn)
    return observed_alarms(detector, batches, drawn)


def bank_alarms(bank: Bank, batches: Sequence[Profile], drawn: Integers) -> Integers:
    """Alarms of a bank by year, (years,): the same as observing night by night, all years at once.

    Args:
        bank: the bank.
        batches: what the nights are drawn from; each is measured once.
        drawn: which batch each night of each year is, (nights, years).
    """
    bets = [bank.bets(as_night(batch)) for batch in batches]
    seen = np.stack([own[1] for own in bets])
    factors = np.exp(np.minimum(np.stack([own[0] for own in bets]), 300.0))
    threshold = bank.nights_a_year / bank.budget

    def night(gathered: NDArray[np.float64], chosen: Integers) -> NDArray[np.float64]:
        # M <- (1 + M) e, where there were rows.
        grown = np.minimum((1 + gathered) * factors[chosen], _CAP)
        return np.where(seen[chosen][..., None], grown, gathered)

    def loud(gathered: NDArray[np.float64]) -> NDArray[np.bool_]:
        flags: NDArray[np.bool_] = gathered.mean(axis=-1) @ bank.weights >= threshold
        return flags

    return _count(np.zeros((drawn.shape[1], *factors.shape[1:])), drawn, night, loud)


def _count(
    gathered: NDArray[np.float64],
    drawn: Integers,
    night: Callable[[NDArray[np.float64], Integers], NDArray[np.float64]],
    loud: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
) -> Integers:
    alarms = np.zeros(drawn.shape[1], dtype=np.int64)
    for chosen in drawn:
        gathered = night(gathered, chosen)
        red = loud(gathered)
        alarms += red
        gathered[red] = 0.0
    return alarms


def observed_alarms(detector: Detector, batches: Sequence[Profile], drawn: Integers) -> Integers:
    """The same for any detector, by observing night after night.

    Args:
        detector: the detector.
        batches: what the nights are drawn from.
        drawn: which batch each night of each year is, (nights, years).
    """
    nights = [as_night(batch) for batch in batches]
    alarms = np.zeros(drawn.shape[1], dtype=np.int64)
    for year, chosen in enumerate(drawn.T.tolist()):
        state = detector.start()
        for index in chosen:
            state = detector.observe(state, nights[index])
            if detector.alarm(state).red:
                alarms[year] += 1
                state = detector.start()
    return alarms


def _rate(alarms: Integers) -> AlarmRate:
    total, years = int(alarms.sum()), len(alarms)
    return AlarmRate(total, int((alarms > 0).sum()), total / years, poisson_rate(total, years))

"""Stream findings: what a monitor's streams say of one subject, in a unit and a sentence that a person knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log

from tasks.evidence.exhibit import Exhibit
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.monitor import Alarm
from tasks.evidence.strength import Strength
from tasks.evidence.wording import between, evidence_words, plain, rows
from tasks.stats.e_bank import Reading
from tasks.stats.ranks import rank_shift_in_deviations, spread_ratio

#: Coverage of the interval beside a monitor's estimate; the alarm does not use it.
_LEVEL = 0.95
_Z = 1.959964

_LOG_TEN = log(10)

#: Below this an e-value is as good as none, and a figure in a record stays finite.
_FLOOR = -99.0


@dataclass(frozen=True, slots=True)
class Unit:
    """How the move of one aspect is said.

    Attributes:
        name: unit of estimate, interval and limit.
        convert: from the mean of the row score to that unit; increasing, and 0 (or 1 for a ratio) for no move.
        up: what happened when it rose, '{subject}' and '{move}' to be filled: '{subject} moved up by {move}'.
        down: the same when it fell.
        measure: after the figure: 'standard deviations'.
        scale: factor from the unit to the figure that is read, 100 for points.
        decimals: of the figure.
        ratio: True when the unit is a factor, so that a fall is not the mirror of a rise.
    """

    name: str
    convert: Callable[[float], float]
    up: str
    down: str
    measure: str
    scale: float = 1.0
    decimals: int = 2
    ratio: bool = False


def location_unit(what: str) -> Unit:
    """A move of the mean mid-rank, in standard deviations of a feature or score."""
    return Unit(
        name=f"standard deviations of the {what}",
        convert=rank_shift_in_deviations,
        up="{subject} moved up by {move}",
        down="{subject} moved down by {move}",
        measure=" standard deviations",
    )


def spread_unit(what: str) -> Unit:
    """A move of the mean distance from the middle, as a factor on the standard deviation."""
    return Unit(
        name=f"times the reference's standard deviation of the {what}",
        convert=lambda moved: spread_ratio(0.5 + moved),
        up="{subject} is spread {move} as wide",
        down="{subject} is spread {move} as wide",
        measure=" times",
        ratio=True,
    )


def share_unit(what: str, name: str = "share of rows") -> Unit:
    """A move of a share, in points.

    Args:
        what: what the share is of, '{subject}' to be filled: 'missing values of {subject}'.
        name: unit of the figures.
    """
    return Unit(
        name, _of_a_share, f"{what} rose by {{move}}", f"{what} fell by {{move}}", " points", scale=100, decimals=1
    )


def _of_a_share(moved: float) -> float:
    """A share moves by all of it at most, whatever an interval says."""
    return min(max(moved, -1.0), 1.0)


def level_unit(aspect: str) -> Unit:
    """The share of one level of a category; the aspect carries its name."""
    level = aspect.partition(":")[2].replace("{", "{{").replace("}", "}}")
    return share_unit(f"{{subject}}: the share of '{level}'")


@dataclass(frozen=True, slots=True)
class Told:
    """What every finding of a monitor needs beside its readings.

    Attributes:
        code: the check's code.
        alarm: how loud the monitor is.
        units: how each aspect is said.
        aside: what contributes most to the move of a reading; empty for nothing.
        charts: pictures of a reading.
    """

    code: str
    alarm: Alarm
    units: Mapping[str, Unit]
    aside: Callable[[Reading], str] = lambda reading: ""
    charts: Callable[[Reading], tuple[Exhibit, ...]] = lambda reading: ()


def not_judged(code: str, subject: str, why: str, n: int = 0, needed: int | None = None) -> Finding:
    """The finding of a monitor that has nothing to judge."""
    sentence = f"{subject[0].upper()}{subject[1:]} cannot be judged: {why}."
    return Finding(code=code, subject=subject, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


def nothing_yet(code: str, subject: str) -> Finding:
    """The finding of a monitor of matured labels on a night whose newest ones the model was tested on already."""
    sentence = f"{subject[0].upper()}{subject[1:]}: no batch has come of age since the model was tested on the newest."
    return Finding(code=code, subject=subject, outcome=Outcome.NOT_APPLICABLE, sentence=sentence)


def findings(readings: Sequence[Reading], told: Told) -> tuple[Finding, ...]:
    """One finding a subject, in the order in which the subjects first appear."""
    by_subject: dict[str, list[Reading]] = {}
    for reading in readings:
        by_subject.setdefault(reading.subject, []).append(reading)
    return tuple(_finding(own, told) for own in by_subject.values())


def _finding(own: Sequence[Reading], told: Told) -> Finding:
    speaks = _spokesman(own)
    outcome = _outcome(speaks)
    unit = told.units[speaks.aspect]
    low, high = (unit.convert(speaks.departed + side * _Z * speaks.error) for side in (-1, 1))
    estimate, interval = unit.convert(speaks.departed), Interval(low=low, high=high, level=_LEVEL)
    limit = unit.convert(speaks.sign * speaks.tolerance)
    return Finding(
        code=told.code,
        subject=speaks.subject,
        outcome=outcome,
        sentence=_sentence(speaks, outcome, unit, told),
        estimate=estimate,
        interval=interval,
        limit=limit if unit.ratio else abs(limit),
        unit=unit.name,
        n=int(speaks.rows),
        evidence=told.charts(speaks),
        since=date.fromordinal(speaks.began) if outcome is Outcome.FAIL and speaks.began else None,
        strength=_strength(speaks, told.alarm),
    )


def _spokesman(own: Sequence[Reading]) -> Reading:
    """The stream that says most: one to blame, else one that cannot be judged, else the nearest to its tolerance."""
    return max(
        own,
        key=lambda one: (
            one.blamed,
            one.log_evidence if one.blamed else 0.0,
            not one.judgeable,
            one.margin / one.tolerance if not one.judgeable else 0.0,
            one.sign * one.departed / one.tolerance,
        ),
    )


def _outcome(reading: Reading) -> Outcome:
    if reading.blamed:
        return Outcome.FAIL
    return Outcome.PASS if reading.judgeable and reading.seen else Outcome.INCONCLUSIVE


def _strength(reading: Reading, alarm: Alarm) -> Strength:
    return Strength(
        log10_value=max(reading.log_evidence / _LOG_TEN, _FLOOR),
        log10_threshold=(alarm.log_threshold - log(reading.weight)) / _LOG_TEN,
    )


def _sentence(reading: Reading, outcome: Outcome, unit: Unit, told: Told) -> str:
    move = _move(reading, unit)
    tolerated = _tolerated(reading, unit)
    match outcome:
        case Outcome.FAIL:
            strength = _strength(reading, told.alarm)
            aside = told.aside(reading)
            since = f"{date.fromordinal(reading.began):%-d %B %Y}" if reading.began else "tonight"
            return (
                f"{move}; {tolerated}. Seen since {since} ({_seen_on(reading)}), on "
                f"{evidence_words(strength)} the evidence that an alarm takes.{' ' + aside if aside else ''}"
            )
        case Outcome.INCONCLUSIVE if not reading.seen:
            return f"{reading.subject} cannot be judged: tonight has no row of it that can be compared."
        case Outcome.INCONCLUSIVE:
            return f"{move}, which cannot be judged: {_too_small(reading, unit)}; {tolerated}."
        case _:
            return f"{move}; {tolerated}{_watch(told.alarm)}."


def _seen_on(reading: Reading) -> str:
    """Nights and rows of a move; what is counted once a night, such as its rows, has no rows of its own."""
    nights = _nights(reading.nights)
    return nights if int(reading.rows) == reading.nights else f"{nights}, {rows(int(reading.rows))}"


def _move(reading: Reading, unit: Unit) -> str:
    """'Income moved up by 0.31 standard deviations [0.27, 0.35]', with the interval in the direction that is said."""
    rose = reading.departed >= 0
    flip = 1.0 if rose or unit.ratio else -1.0
    ends = sorted(flip * unit.convert(reading.departed + side * _Z * reading.error) for side in (-1, 1))
    figure = plain(flip * unit.scale * unit.convert(reading.departed), unit.decimals)
    interval = between(Interval(low=ends[0], high=ends[1], level=_LEVEL), unit.decimals, unit.scale)
    text = (unit.up if rose else unit.down).format(subject=reading.subject, move=f"{figure}{unit.measure}")
    return f"{text} {interval}"


def _tolerated(reading: Reading, unit: Unit) -> str:
    if unit.ratio:
        ends = sorted(unit.convert(side * reading.tolerance) for side in (-1, 1))
        return f"{plain(ends[0], unit.decimals)} to {plain(ends[1], unit.decimals)} is tolerated"
    return f"up to {plain(unit.scale * unit.convert(reading.tolerance), unit.decimals)} is tolerated"


def _too_small(reading: Reading, unit: Unit) -> str:
    """How many nights of reference it would take: the error falls with their root."""
    needed = ceil(reading.batches * (reading.margin / reading.known_to) ** 2)
    known = abs(unit.convert(reading.margin) - unit.convert(0.0))
    return (
        f"the reference of {_nights(reading.batches)} knows where it should lie only to "
        f"{plain(unit.scale * known, unit.decimals)}, and it would take about {_nights(needed)}"
    )


def _nights(count: int) -> str:
    return "1 night" if count == 1 else f"{count:,} nights"


def _watch(alarm: Alarm) -> str:
    return "; the check is within a tenth of an alarm" if alarm.amber and not alarm.red else ""

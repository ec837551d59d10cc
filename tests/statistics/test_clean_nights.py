"""Under the built-in policy clean nights of 600 rows are kept, and moved ones are not, the monitors led over them.

The world: 22 features (16 numbers, two of them missing in 40% of rows, and 6 categories), a weekday season and
night effects of its own, 56 nights of reference, labels of 28 pooled nights with 6% events. The smallest group is a
fifth of the rows: a tenth has 200 events in 56 nights, which is too few for the policy's limit on a group's slope.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.decide.deciding import decide
from tasks.decide.judging import judge
from tasks.decide.watching import fit_monitors
from tasks.evidence.case import Case, FeatureLag
from tasks.evidence.claim import CardFacts, Claim, ClaimMetric
from tasks.evidence.decision import Action, Decision, Moment
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.project.policy import load_policy

ROOT = Path(__file__).parents[2]
NUMBERS, CATEGORIES = 16, 6
SCHEMA = FeatureSchema(
    service="s",
    features=(
        *(Feature(name=f"n{i}", kind=Kind.NUMERIC, view=f"v{i % 3}") for i in range(NUMBERS)),
        *(Feature(name=f"c{i}", kind=Kind.CATEGORICAL, view="v0") for i in range(CATEGORIES)),
    ),
)
ROWS, REFERENCE_NIGHTS, LABELLED_ROWS = 600, 56, 12_000
THRESHOLD = 0.15
#: The policy requires that the card is kept to, so there must be a card.
CLAIMS = (
    Claim(says="It ranks.", metric=ClaimMetric.AUC, at_least=0.6),
    Claim(says="No protected attribute is an input.", metric=ClaimMetric.PROTECTED_INPUTS, at_most=0),
)
LEVELS = np.array(["a", "b", "c", "d", "e"], dtype=object)


@dataclass
class World:
    """A portfolio with a season.

    Attributes:
        seed: of everything in it.
        season: amplitude of the weekday season, in standard deviations.
        night_effect: standard deviation of each night's own effect, in standard deviations of the feature.
    """

    seed: int
    season: float = 0.1
    night_effect: float = 0.03
    rng: Any = field(init=False)
    phase: Any = field(init=False)
    base: Any = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.phase = self.rng.uniform(0, 2 * np.pi, NUMBERS + CATEGORIES + 1)
        self.base = self.rng.dirichlet(np.full(5, 2.0), CATEGORIES)
        first = self.rows(8000, 0)
        self.binning = make_binning(
            first["features"], first["scores"], first["attributions"], first["protected"], SCHEMA, THRESHOLD,
            minimum_group=30,
        )  # fmt: skip

    def rows(self, n: int, day: int, shift: float = 0.0) -> dict[str, Any]:
        rng = self.rng
        effect = self.season * np.sin(2 * np.pi * day / 7 + self.phase)
        effect = effect + self.night_effect * rng.standard_normal(len(effect))
        numbers = rng.standard_normal((n, NUMBERS)) + effect[:NUMBERS]
        numbers[:, :3] += shift
        numbers[:, 3] = np.exp(numbers[:, 3])
        numbers[:, 4] = np.round(np.maximum(numbers[:, 4], 0))
        numbers[:, 5:7] = np.where(rng.random((n, 2)) < 0.4, np.nan, numbers[:, 5:7])
        columns = {f"n{i}": numbers[:, i] for i in range(NUMBERS)}
        for i in range(CATEGORIES):
            odds = self.base[i] * np.exp(effect[NUMBERS + i] * np.linspace(-1, 1, 5))
            columns[f"c{i}"] = rng.choice(LEVELS, n, p=odds / odds.sum())
        log_odds = -3.2 + 0.9 * rng.standard_normal(n) + 0.5 * effect[-1]
        score = 1 / (1 + np.exp(-log_odds))
        return {
            "features": pd.DataFrame(columns),
            "scores": score,
            "event_timestamp": pd.Series(
                np.full(n, np.datetime64("2025-01-01", "us") + np.timedelta64(day, "D"))
            ).dt.tz_localize("UTC"),
            "protected": pd.DataFrame({"origin": rng.choice(LEVELS[:3], n, p=[0.5, 0.2, 0.3])}),
            "label": (rng.random(n) < score).astype(float),
            "attributions": rng.standard_normal((n, len(SCHEMA.features))) * np.linspace(1, 0.05, len(SCHEMA.features)),
        }

    def night(self, day: int, n: int = ROWS, shift: float = 0.0) -> Profile:
        old = np.ones(n, dtype=bool)
        return profile(self.binning, SCHEMA, **self.rows(n, day, shift), matured=old)

    def case(self, reference: tuple[Profile, ...], tonight: Profile, labelled: Profile) -> Case:
        return Case(
            moment=Moment.NIGHT,
            as_of=date(2025, 6, 1),
            schema=SCHEMA,
            threshold=THRESHOLD,
            favourable_above=False,
            reference=reference,
            tonight=tonight,
            labelled=labelled,
            lags=tuple(FeatureLag(view, ROWS, ROWS, 0, 5.0, 5.0 * ROWS) for view in SCHEMA.views),
            delivered=ROWS,
            card=CardFacts(CLAIMS),
        )


def bound() -> tuple[BoundCheck, ...]:
    return bind(load_policy(ROOT), discover(), Moment.NIGHT)


def decisions(
    world: World, checks: tuple[BoundCheck, ...], nights: int, shift: float = 0.0, before: int = REFERENCE_NIGHTS
) -> Iterator[Decision]:
    """The decisions on the nights after a reference, the monitors led from each to the next."""
    reference = tuple(world.night(day) for day in range(before))
    labelled = world.night(before, LABELLED_ROWS)
    monitors = fit_monitors(checks, reference, MonitorFacts(SCHEMA, THRESHOLD, 365))
    states = monitors.start()
    for day in range(before, before + nights):
        tonight = world.night(day, shift=shift)
        night = WatchedNight(date(2025, 1, 1) + timedelta(days=day), tonight, world.night(day))
        states = monitors.observe(states, night)
        findings = judge(world.case(reference, tonight, labelled), checks, 0, monitors.watched(states, night))
        yield decide(Moment.NIGHT, checks, findings, "digest", bootstrap=False)


def stopped(worlds: int, nights: int, before: int = REFERENCE_NIGHTS, **world: float) -> tuple[int, list[str]]:
    """Clean nights that are not kept, over several worlds, and why."""
    found = [one for seed in range(worlds) for one in decisions(World(seed, **world), bound(), nights, before=before)]
    loud = [one for one in found if one.action is not Action.KEEP]
    return len(loud), [reason for one in loud for reason in one.reasons]


def test_a_fortnight_of_clean_nights_is_kept():
    assert stopped(2, 14) == (0, [])


def test_a_shift_of_half_a_deviation_in_three_features_is_seen_within_two_nights():
    *_, second = decisions(World(3), bound(), 2, shift=-0.5)
    assert second.action is Action.RETRAIN
    assert all(reason.startswith("Data drift: n") for reason in second.reasons), second.reasons


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("season", "night_effect", "before"), [(0.0, 0.0, 56), (0.1, 0.03, 56), (0.15, 0.05, 84)])
def test_clean_nights_are_kept_in_99_of_100(season: float, night_effect: float, before: int):
    """Nights that differ by .05 standard deviations need more of them: 56 leave 3 worlds of 12 undecided."""
    count, reasons = stopped(12, 25, before, season=season, night_effect=night_effect)
    assert count < 3, reasons

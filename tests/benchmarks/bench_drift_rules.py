"""Assay's bank beside the usual drift rules: the same simulated rows, one run, one table.

    python -m tests.benchmarks.bench_drift_rules [--years N] [--runs N] [--features N] [--rows N]

Rows are drawn (normal features; nothing comes from a formula): 56 nights of reference, then a year of clean nights
in three worlds, then nights where 3 features have moved. A rule alarms on a night when any column does. The defaults
are fewer years than the promises are tested on (tests/statistics), so that a run takes a few minutes on one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.special import kolmogorov

from tests.statistics.simulated_streams import NIGHTS, REFERENCE, World, Years

_WORLDS = {
    "independent": {},
    "weekday season .1 sd": {"season": 0.1},
    "night effects .03 sd": {"night_effect": 0.03},
}
_SHIFTS = (0.1, 0.25, 0.5)
_HORIZON = 40
_STEP = 28
_ASSAY = "Assay (budget .02 a year)"


class Reference:
    """What the rules keep of 56 nights of rows."""

    def __init__(self, nights: np.ndarray) -> None:
        count, rows, features = nights.shape
        self.total = count * rows
        ordered = np.sort(np.ascontiguousarray(nights.reshape(-1, features).T), axis=1)
        # Every 28th value (of 112,000) tells ranks to 1/8,000, and fits the cache: a twentieth of the time.
        self.steps = np.ascontiguousarray(ordered[:, _STEP // 2 :: _STEP])
        self.cuts = ordered[:, np.arange(1, 10) * self.total // 10].T
        self.centre = nights.mean(axis=1).mean(axis=0)
        self.spread = nights.mean(axis=1).std(axis=0, ddof=1)

    def ranks(self, night: np.ndarray) -> np.ndarray:
        """Share of the reference at or below each row, in the order of the values, shape (rows, features)."""
        ordered = np.sort(night.T, axis=1)
        below = [np.searchsorted(column, own, side="right") for column, own in zip(self.steps, ordered, strict=True)]
        return np.stack(below, axis=1) / self.steps.shape[1]


def _ks(ranks: np.ndarray, total: int) -> np.ndarray:
    """Two-sample Kolmogorov-Smirnov p-value of each column, asymptotic."""
    n = len(ranks)
    steps = np.arange(1, n + 1)[:, None] / n
    distance = np.maximum(steps - ranks, ranks - steps + 1 / n).max(axis=0)
    return kolmogorov(distance * (n * total / (n + total)) ** 0.5)


def _psi(night: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Population stability index of each column on the deciles of the reference."""
    above = np.stack([np.ones(night.shape[1]), *((night > cut).mean(axis=0) for cut in cuts), np.zeros(night.shape[1])])
    shares = np.maximum(above[:-1] - above[1:], 1e-6)
    return ((shares - 0.1) * np.log(shares / 0.1)).sum(axis=0)


#: Rule: (p-values of KS, PSI, standard deviations of the mean from the chunks' mean) of every column, to an alarm.
_RULES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], bool]] = {
    "KS p < .05, any column": lambda p, psi, away: bool((p < 0.05).any()),
    "KS p < .05 / columns": lambda p, psi, away: bool((p < 0.05 / len(p)).any()),
    "KS p < .05 / (columns x 365)": lambda p, psi, away: bool((p < 0.05 / len(p) / NIGHTS).any()),
    "PSI > .1, any column": lambda p, psi, away: bool((psi > 0.1).any()),
    "PSI > .2, any column": lambda p, psi, away: bool((psi > 0.2).any()),
    "mean +- 3 sd of chunks": lambda p, psi, away: bool((np.abs(away) > 3).any()),
}


def _alarms(world: World, locations: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Whether each rule alarms on each night after the reference; locations of shape (56 + nights, features)."""

    def rows(location: np.ndarray) -> np.ndarray:
        return location + rng.standard_normal((world.rows, world.features))

    before = np.stack([rows(one) for one in locations[:REFERENCE]])
    reference = Reference(before)
    ranks = [reference.ranks(night) for night in before]
    judged: dict[str, list[bool]] = {rule: [] for rule in _RULES}
    for location in locations[REFERENCE:]:
        night = rows(location)
        ranks.append(reference.ranks(night))
        away = (night.mean(axis=0) - reference.centre) / reference.spread
        seen = (_ks(ranks[-1], reference.total), _psi(night, reference.cuts), away)
        for rule, alarms in _RULES.items():
            judged[rule].append(alarms(*seen))
    means = np.array([np.concatenate([u.mean(axis=0), np.abs(2 * u - 1).mean(axis=0)]) for u in ranks])
    evidence = Years(world, means[:, None, :]).with_joint()[:, 0]
    return {**{rule: np.array(alarms) for rule, alarms in judged.items()}, _ASSAY: evidence >= 0}


def _clean(world: World, years: int, seed: int) -> dict[str, str]:
    """Alarms a year."""
    rng = np.random.default_rng(seed)
    counted: dict[str, list[int]] = {rule: [] for rule in (*_RULES, _ASSAY)}
    for _ in range(years):
        found = _alarms(world, world.locations(REFERENCE + NIGHTS, 1, rng)[:, 0], rng)
        for rule, alarms in found.items():
            counted[rule].append(int(alarms.sum()))
    return {rule: f"{np.mean(count):.1f}" for rule, count in counted.items()}


def _moved(world: World, shift: float, runs: int, seed: int) -> dict[str, str]:
    """Median nights until the first alarm, 0 for the first night of the move."""
    rng = np.random.default_rng(seed)
    waits: dict[str, list[float]] = {rule: [] for rule in (*_RULES, _ASSAY)}
    for _ in range(runs):
        locations = world.locations(REFERENCE + _HORIZON, 1, rng)[:, 0]
        locations[REFERENCE:, :3] += shift
        for rule, alarms in _alarms(world, locations, rng).items():
            waits[rule].append(float(alarms.argmax()) if alarms.any() else np.inf)
    return {rule: _worded(np.median(wait)) for rule, wait in waits.items()}


def _worded(nights: float) -> str:
    return f"{nights:.0f}" if np.isfinite(nights) else f"not in {_HORIZON}"


def main() -> None:
    """Simulate, judge, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=2, help="clean years in each world")
    parser.add_argument("--runs", type=int, default=11, help="runs for each move")
    parser.add_argument("--features", type=int, default=30)
    parser.add_argument("--rows", type=int, default=2000, help="rows a night")
    chosen = parser.parse_args()
    start = time.process_time()
    size = {"rows": chosen.rows, "features": chosen.features}
    columns = {
        name: _clean(World(**size, **kind), chosen.years, seed) for seed, (name, kind) in enumerate(_WORLDS.items())
    }
    columns |= {f"+{shift} sd": _moved(World(**size), shift, chosen.runs, 10) for shift in _SHIFTS}
    print(
        f"{chosen.features} features, {chosen.rows} rows a night, {REFERENCE} nights of reference; alarms a year over "
        f"{chosen.years} clean years a world; median nights to see 3 features move, over {chosen.runs} runs\n"
    )
    print("| rule | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for rule in (*_RULES, _ASSAY):
        print(f"| {rule} | " + " | ".join(column[rule] for column in columns.values()) + " |")
    print(f"\n{time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()

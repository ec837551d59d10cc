"""The slice search: CPU beside sliceline's, and what it finds beside two other rules; one run, one table each.

    python -m tests.benchmarks.bench_slices [--rows N] [--columns N] [--repeats N] [--comparisons N]

The same rows as texts, the same pairs of columns: Assay's search with its tests (the first time with its compilation
apart), and sliceline (level 2, 100 rows at least) where it is installed. sliceline takes an error at or above 0, so it
gets the challenger's loss; it prunes what cannot be among its best, Assay tests every slice. Then, on 10,000 rows with
480 slices: how often a clean comparison is flagged, and an effect on 330 rows found.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from tasks.stats.slice_columns import levelled
from tasks.stats.slice_search import Slices, all_slices, weigh
from tests.statistics.simulated_slices import ALPHA, FEWEST, PLANTED, Comparison, found, normal, two_models

#: Slices that explore-and-confirm takes from the first half to the second.
_EXPLORED = 10


def draw(rows: int, columns: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Texts of 3 to 10 levels, and a loss that is higher by half in one slice of two columns."""
    rng = np.random.default_rng(0)
    levels = [np.array([f"level {k}" for k in range(3 + i % 8)], dtype=object) for i in range(columns)]
    frame = pd.DataFrame({f"c{i}": rng.choice(own, rows) for i, own in enumerate(levels)})
    loss = rng.gamma(0.5, 0.6, rows)
    return frame, loss * np.where((frame["c0"] == "level 1") & (frame["c1"] == "level 2"), 1.5, 1.0)


def assay(frame: pd.DataFrame, loss: np.ndarray) -> object:
    """Levels, sums and tests of every slice."""
    columns = [levelled(name, frame[name], FEWEST) for name in frame]
    return weigh(all_slices(columns, loss, np.zeros(len(loss))).of_at_least(FEWEST), float(loss.mean()), ALPHA)


def sliceline(frame: pd.DataFrame, loss: np.ndarray, k: int) -> object:
    """The best slices by sliceline's score."""
    from sliceline.slicefinder import Slicefinder

    return Slicefinder(alpha=0.95, k=k, max_l=2, min_sup=FEWEST, verbose=False).fit(frame, loss)


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of all threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _compare_cost(rows: int, columns: int, repeats: int) -> None:
    frame, loss = draw(rows, columns)
    first = cpu(lambda: assay(frame, loss))
    ours = float(np.median([cpu(lambda: assay(frame, loss)) for _ in range(repeats)]))
    print(f"{rows:,} rows, {columns} columns, two-way: Assay {ours:.2f} s CPU (first {first:.2f} s)")
    if importlib.util.find_spec("sliceline") is None:
        print("sliceline is not installed here: no ratio (pip install sliceline, in an environment of its own)")
        return
    for k in (1, 10):
        theirs = float(np.median([cpu(lambda k=k: sliceline(frame, loss, k)) for _ in range(min(repeats, 3))]))
        print(
            f"  sliceline, best {k}: {theirs:.2f} s CPU; Assay takes {ours / theirs:.3f} of it, the first time "
            f"{first / theirs:.3f}"
        )


def _p(slices: Slices) -> np.ndarray:
    return stdtr(slices.rows - 1, -slices.mean / slices.standard_error)


def _assay_rule(comparison: Comparison) -> tuple[bool, bool]:
    return bool((comparison.weighed().adjusted <= ALPHA).any()), found(comparison)


def _uncorrected(comparison: Comparison) -> tuple[bool, bool]:
    slices = comparison.weighed().slices
    flags = _p(slices) <= ALPHA
    return bool(flags.any()), bool(flags[(slices.conditions == PLANTED).all(axis=1)].any())


def _explore_and_confirm(comparison: Comparison) -> tuple[bool, bool]:
    """The most suspect slices of one half, tested on the other by Bonferroni."""
    half = len(comparison.worse) // 2
    first, second = (
        all_slices(part.columns, part.worse, part.chance)
        for part in (comparison.take(slice(None, half)), comparison.take(slice(half, None)))
    )
    enough = np.flatnonzero((first.rows >= FEWEST / 2) & (second.rows >= FEWEST / 2))
    suspects = enough[np.argsort(_p(Slices(first.conditions[enough], first.sums[enough])))[:_EXPLORED]]
    confirmed = Slices(second.conditions[suspects], second.sums[suspects])
    flags = _p(confirmed) <= ALPHA / _EXPLORED
    return bool(flags.any()), bool(flags[(confirmed.conditions == PLANTED).all(axis=1)].any())


_RULES: dict[str, Callable[[Comparison], tuple[bool, bool]]] = {
    "Assay (t, Holm over all)": _assay_rule,
    f"explore on half, confirm {_EXPLORED} on the other": _explore_and_confirm,
    "t at .05, uncorrected": _uncorrected,
}


def _compare_rules(comparisons: int) -> None:
    worlds: dict[str, Callable[[int, float], Any]] = {"normal differences": normal, "real log-losses": two_models}
    for name, world in worlds.items():
        print(f"\n{name}, {comparisons} comparisons{'':14} false flag   found .3 sd   found .6 sd")
        for rule, apply in _RULES.items():
            clean = np.mean([apply(world(seed, 0.0))[0] for seed in range(comparisons)])
            power = [np.mean([apply(world(seed, effect))[1] for seed in range(comparisons)]) for effect in (0.3, 0.6)]
            print(f"{rule:45} {clean:10.3f} {power[0]:13.2f} {power[1]:13.2f}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--comparisons", type=int, default=300)
    chosen = parser.parse_args()
    _compare_cost(chosen.rows, chosen.columns, chosen.repeats)
    _compare_rules(chosen.comparisons)


if __name__ == "__main__":
    main()

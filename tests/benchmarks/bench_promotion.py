"""The promotion rule beside the usual ones: the tables of STATISTICS.md, section 5, on rows that are drawn.

    python -m tests.benchmarks.bench_promotion [--replicates N] [--chains N] [--years N]

One champion of AUC .80 at 10% prevalence, challengers whose scores correlate .95 with it within a label. The defaults
take some minutes on one core.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from tests.statistics.simulated_challengers import RULES, after_a_chain, promotion_rates, years

_ROWS = (5_000, 20_000)
_TRUTHS = (-0.005, 0.0, 0.005)
#: Per replicate of the larger size so many of the smaller one: they cost the same.
_CHEAPER = 4


def _print(title: str, heads: list[str], body: dict[str, list[str]]) -> None:
    print(f"\n{title}\n\n| rule | {' | '.join(heads)} |\n|{'---|' * (len(heads) + 1)}")
    for rule, cells in body.items():
        print(f"| {rule} | {' | '.join(cells)} |", flush=True)


def _rates(replicates: int) -> None:
    body: dict[str, list[str]] = {rule: [] for rule in RULES}
    for rows in _ROWS:
        count = replicates * (_CHEAPER if rows == _ROWS[0] else 1)
        found = [promotion_rates(rows, truth, count, seed) for seed, truth in enumerate(_TRUTHS)]
        for rule, cells in body.items():
            cells.append(" / ".join(f"{rates[rule]:.3f}" for rates in found))
    _print(
        f"P(promote), truth {' / '.join(f'{truth:+.3f}' for truth in _TRUTHS)}",
        [f"{rows:,} rows" for rows in _ROWS],
        body,
    )


def _chains(chains: int) -> None:
    body = {
        rule: [
            f"{after_a_chain(rule, rows, 0.002, chains * (_CHEAPER if rows == _ROWS[0] else 1), 1):.3f}"
            for rows in _ROWS
        ]
        for rule in RULES
    }
    _print(
        "AUC after 50 challengers, each .002 worse than the champion, from .800", [f"{r:,} rows" for r in _ROWS], body
    )


def _years(count: int) -> None:
    rules = ("higher AUC wins", "not significantly worse", "Assay, scheduled", "Assay, after an alarm")
    body: dict[str, list[str]] = {}
    for rule in rules:
        body[rule] = []
        for spread in (0.0, 0.003):
            lived = years(rule, _ROWS[1], spread, count * (_CHEAPER if rule.startswith("Assay") else 1), 2)
            body[rule] += [
                f"{np.mean([year.promoted > 0 for year in lived]):.2f}",
                f"{np.mean([year.harmful > 0 for year in lived]):.2f}",
            ]
    heads = ["equal: any", "equal: any .005 worse", "spread .003: any", "spread .003: any .005 worse"]
    _print("Chance in a year of 50 retrainings of one recipe, 20,000 rows, of a promotion", heads, body)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=600)
    parser.add_argument("--chains", type=int, default=8)
    parser.add_argument("--years", type=int, default=15)
    chosen = parser.parse_args()
    began = time.perf_counter()
    _rates(chosen.replicates)
    _chains(chosen.chains)
    _years(chosen.years)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()

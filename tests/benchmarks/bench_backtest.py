"""A year of stored nights replayed under a project's own policy: what `assay backtest` does before it draws its page.

    python -m tests.benchmarks.bench_backtest [--nights N] [--numbers N] [--rows N] [--repeats N]

Writes a project with that many nights (numbers, one category, one protected attribute) into a directory that goes
again, then replays it under the built-in policy. Prints wall and CPU seconds of reading and of judging, the median of
the repeats. The nights hold no trouble; a second line replays them with a feature moved from the middle on, when
half of the nights are judged whole.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from flows.backtest import Wanted, backtest
from tasks.evidence.backtest import Backtest
from tasks.evidence.decision import Action
from tasks.report.progress import Progress
from tests.tasks.governance.stored import Portfolio, stored_project


def timed(work: Callable[[], Backtest], repeats: int) -> tuple[float, float, Backtest]:
    """Median wall and CPU seconds, and what the last one found."""
    wall, cpu = [], []
    for _ in range(repeats):
        began, started = time.perf_counter(), time.process_time()
        found = work()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - started)
    return float(np.median(wall)), float(np.median(cpu)), found


def main() -> None:
    """Write the nights, replay them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--numbers", type=int, default=29, help="numeric features; a category comes with them")
    parser.add_argument("--rows", type=int, default=600, help="rows a night")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    with TemporaryDirectory() as directory:
        root = Path(directory) / "project"
        stored_project(root, chosen.nights, Portfolio(rows=chosen.rows, numbers=chosen.numbers))
        print(f"{chosen.nights} nights, {chosen.numbers + 1} features, {chosen.rows} rows a night, one process\n")
        print("| replay | nights kept | wall seconds | CPU seconds |\n|---|---|---|---|")
        for name, injections in (("as stored", ()), ("as stored, and with a feature moved", ("covariate:0.5@x1",))):
            wanted = Wanted(injections=injections)
            wall, cpu, found = timed(lambda wanted=wanted: backtest(root, wanted, Progress(quiet=True)), chosen.repeats)
            kept = " and ".join(str(course.count(Action.KEEP)) for course in found.courses)
            print(f"| {name} | {kept} | {wall:.1f} | {cpu:.1f} |", flush=True)


if __name__ == "__main__":
    main()

"""CPU seconds of the checks of attributions at the gate of the built-in portfolio, with a champion two months older.

Run by hand: `python -m tests.benchmarks.bench_attribution_checks`; it prints what each check costs and says.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from tasks.checks import attribution_regression, attribution_shift, directions, proxies
from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.evidence.case import Case
from tasks.evidence.decision import Moment
from tasks.models.challenger import TrainedChallenger, train_challenger
from tasks.models.evaluation import GateInputs, evaluate_challenger
from tasks.models.serving import FeatureRows, TrainingRows
from tasks.project.calendar import Span
from tasks.project.policy import load_policy
from tests.statistics.test_builtin_portfolio import AS_OF, ROOT, SCHEMA, SETTINGS, TEST, inputs, joined
from tests.tasks.models.gate_rows import served

CHECKS = (attribution_regression.CHECK, attribution_shift.CHECK, directions.CHECK, proxies.CHECK)
OLDER = timedelta(days=60)


def made(rows: Any, test: Span) -> tuple[TrainedChallenger, TrainingRows]:
    """A model of the year before a test window, with its rows."""
    first = test.first - timedelta(days=SETTINGS.training.train_batches)
    day = rows["event_timestamp"].dt.date
    within = rows[(day >= first) & (day <= test.last)].reset_index(drop=True)
    known = within[within["label"].notna()].reset_index(drop=True)
    tested = within[within["event_timestamp"].dt.date >= test.first].reset_index(drop=True)
    own = FeatureRows(known, inputs(known))
    newest = tested.tail(600).reset_index(drop=True)
    data = TrainingRows(SCHEMA, own, FeatureRows(tested, inputs(tested)), own, FeatureRows(newest, inputs(newest)))
    return train_challenger(data, test.first, SETTINGS), data


def gate() -> Case:
    """The case of the built-in gate."""
    whole = Span(TEST.first - timedelta(days=SETTINGS.training.train_batches) - OLDER, TEST.last)
    rows = joined(whole)
    champion, _ = made(rows, Span(TEST.first - OLDER, TEST.last - OLDER))
    challenger, data = made(rows, TEST)
    facts = GateInputs(AS_OF, TEST, SETTINGS, seed=7)
    return evaluate_challenger(challenger, data, served(champion.model), facts).case


def bound() -> list[BoundCheck]:
    """The checks as the policy binds them."""
    codes = {check.code for check in CHECKS}
    return [one for one in bind(load_policy(ROOT), discover(), Moment.GATE) if one.check.code in codes]


def main() -> None:
    """Print the costs, and the findings."""
    case = gate()
    assert case.candidate is not None
    print(f"{len(case.candidate.train.label):,} training rows, {len(case.candidate.test.label):,} test rows")
    case.candidate.predict(case.candidate.test.features.head(10))
    for one in bound():
        start, wall = time.process_time(), time.perf_counter()
        found = one.check.judge(case, one.settings, 7)
        print(f"\n{one.check.code}: {time.process_time() - start:.1f} CPU s, {time.perf_counter() - wall:.1f} s")
        for finding in found:
            print(f"  {finding.outcome:15} {finding.subject}: {finding.sentence}")


if __name__ == "__main__":
    main()

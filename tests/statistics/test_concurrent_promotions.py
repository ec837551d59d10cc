"""Two runs that promote at once, a thousand times: exactly one wins each round, and the chain stays whole."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.governance.entry import Entry
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.project.errors import ChampionMoved
from tests.tasks.governance.test_ledger import promotion

ROUNDS, A_LEDGER = 1000, 100
FIRST = date(2024, 1, 1)


def mine(turn: int, number: int) -> Entry:
    """A promotion of a model of its own, on the night of its round."""
    version = 10 * turn + number
    changes = {"as_of": FIRST + timedelta(days=turn), "model_digest": f"{version:064x}"}
    return promotion(1, version, f"{version:08x}").model_copy(update=changes)


def race(path: Path, number: int, barrier: Any, results: Any) -> None:
    for turn in range(A_LEDGER):
        barrier.wait()
        serving = Ledger(path).latest_champion()
        # Both have seen the same champion before either appends.
        barrier.wait()
        try:
            Ledger(path).append_all([mine(turn, number)], JudgedAgainst(serving.digest if serving else None))
            results.put((turn, "won"))
        except ChampionMoved:
            results.put((turn, "lost"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_in_a_thousand_rounds_of_two_promotions_exactly_one_wins_each(tmp_path: Path):
    """Ten ledgers of a hundred rounds: every append reads the whole chain, so that a single one would take hours."""
    fork = multiprocessing.get_context("fork")
    outcomes: Counter[tuple[str, ...]] = Counter()
    for block in range(ROUNDS // A_LEDGER):
        path, results, barrier = tmp_path / f"ledger-{block}.db", fork.Queue(), fork.Barrier(2)
        racers = [fork.Process(target=race, args=(path, number, barrier, results)) for number in (1, 2)]
        for racer in racers:
            racer.start()
        said = sorted(results.get(timeout=300) for _ in range(2 * A_LEDGER))
        for racer in racers:
            racer.join(60)
        outcomes.update(tuple(outcome for turn, outcome in said if turn == each) for each in range(A_LEDGER))
        assert Ledger(path).verify() == ()
        assert len(Ledger(path).entries()) == A_LEDGER
    assert outcomes == {("lost", "won"): ROUNDS}

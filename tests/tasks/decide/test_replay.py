"""A replay fires, stays silent, cannot judge, holds back, and starts again where the nights themselves would have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tasks.decide.replay import Injected, Replay, Replayed, StoredNight, first_seen
from tasks.evidence.decision import Action
from tasks.evidence.injection import Injection, parse_injection
from tasks.stats.injecting import inject
from tests.tasks.decide.replays import policy, replay_of
from tests.tasks.governance.stored import FIRST, MATURITY, Portfolio

NIGHTS, MOVED = 18, 7
KEEP, ASK, RETRAIN, HALT = Action.KEEP, Action.ASK, Action.RETRAIN, Action.HALT


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay_of(tmp_path_factory.mktemp("calm") / "project", NIGHTS, Portfolio(rows=300, numbers=2))


@pytest.fixture(scope="module")
def drifting(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """From its eighth night on, every number lies 0.7 standard deviations higher."""

    def trouble(day: date, numbers: np.ndarray) -> np.ndarray:
        return numbers + 0.7 * (day >= FIRST + timedelta(days=MOVED))

    portfolio = Portfolio(rows=300, numbers=2, trouble=trouble)
    return replay_of(tmp_path_factory.mktemp("drifting") / "project", NIGHTS, portfolio)


def actions(replayed: Sequence[Replayed]) -> list[Action]:
    return [one.action for one in replayed]


def injection(text: str) -> Injection:
    read, faults = parse_injection(text)
    assert read is not None, faults
    return read


def broken(night: StoredNight, decided: Action) -> StoredNight:
    """The night as it is stored when its delivery could not be read: no model judged it."""
    return replace(night, judgeable=None, decided=decided, reasons=("The delivery has no rows.",))


def test_it_stays_silent_on_nights_like_the_reference(calm: Replay, tmp_path: Path):
    assert set(actions(calm.under(policy(tmp_path)))) == {KEEP}


def test_it_retrains_and_the_reason_names_what_moved(drifting: Replay, tmp_path: Path):
    replayed = drifting.under(policy(tmp_path))
    seen = first_seen([replace(one, injected=True) for one in replayed], "x1")
    assert seen is not None
    assert seen.night.as_of - FIRST <= timedelta(days=MOVED + 3)
    assert seen.action is RETRAIN
    assert any("x1 moved up by" in reason for reason in seen.reasons)


def test_after_a_retraining_the_monitors_start_again_and_the_cool_down_counts_from_it(drifting: Replay, tmp_path: Path):
    """The features stay where they are, so that the next alarm comes soon; it is held back until the fifth day."""
    replayed = drifting.under(policy(tmp_path, days=5))
    days = [index for index, one in enumerate(replayed) if one.action is RETRAIN]
    assert len(days) >= 2
    assert {later - sooner for sooner, later in pairwise(days)} == {5}
    between = actions(replayed[days[0] + 1 : days[1]])
    assert between == sorted(between, key=[KEEP, ASK].index), "evidence gathers anew, then every night asks"
    assert set(between) == {KEEP, ASK}


def test_a_guard_that_holds_back_gives_both_reasons(drifting: Replay, tmp_path: Path):
    held = next(one for one in drifting.under(policy(tmp_path, days=30)) if one.action is ASK)
    assert held.guards is not None
    wanted, why = (
        held.reasons.index("A retraining is wanted, because:"),
        held.reasons.index("It is held back, because:"),
    )
    assert wanted == 0
    assert any("moved up by" in reason for reason in held.reasons[wanted:why])
    assert "Cool-down" in held.reasons[-1]


def test_the_first_model_counts_for_the_cool_down(drifting: Replay, tmp_path: Path):
    """It was trained on the first night, and that is a fact of every replay."""
    assert RETRAIN not in actions(drifting.under(policy(tmp_path, days=30)))


def test_a_night_with_too_few_rows_to_judge_asks(calm: Replay, tmp_path: Path):
    replayed = calm.under(policy(tmp_path, minimum_rows=1000))
    assert set(actions(replayed)) == {ASK}
    assert all("cannot be judged" in one.reasons[0] for one in replayed)
    assert all(one.guards is None for one in replayed), "it wants no retraining"


def test_a_night_with_bad_data_halts_and_nothing_of_it_is_remembered(calm: Replay, tmp_path: Path):
    night = calm.nights[5]
    assert night.judgeable is not None
    spoiled = inject(injection("nulls:0.5@x1"), night.judgeable.profiles.tonight, night.as_of, 0)
    profiles = replace(night.judgeable.profiles, tonight=spoiled)
    changed = replace(night, judgeable=replace(night.judgeable, profiles=profiles))
    replay = replace(calm, nights=(*calm.nights[:5], changed, *calm.nights[6:]))
    assert actions(replay.under(policy(tmp_path))) == [KEEP] * 5 + [HALT] + [KEEP] * (NIGHTS - 6)


def test_a_broken_delivery_stays_halted_and_the_monitors_start_again_after_it(drifting: Replay, tmp_path: Path):
    nights = list(drifting.nights)
    nights[MOVED + 1] = broken(nights[MOVED + 1], HALT)
    replayed = replace(drifting, nights=tuple(nights)).under(policy(tmp_path, days=30))
    assert replayed[MOVED + 1].action is HALT
    assert replayed[MOVED + 1].reasons == ("The delivery has no rows.",)
    rest = replace(drifting, nights=tuple(nights[MOVED + 2 :])).under(policy(tmp_path, days=30))
    assert _evidence(replayed[MOVED + 2 :]) == _evidence(rest)


def test_a_night_that_no_model_judged_and_that_was_not_halted_changes_nothing(drifting: Replay, tmp_path: Path):
    nights = list(drifting.nights)
    nights[2] = broken(nights[2], Action.BLOCK)
    replayed = replace(drifting, nights=tuple(nights)).under(policy(tmp_path))
    without = replace(drifting, nights=(*nights[:2], *nights[3:])).under(policy(tmp_path))
    assert replayed[2].action is Action.BLOCK
    assert _evidence((*replayed[:2], *replayed[3:])) == _evidence(without)


def _evidence(replayed: Sequence[Replayed]) -> list[tuple[date, Action, tuple[str, ...]]]:
    return [(one.night.as_of, one.action, one.reasons) for one in replayed]


def test_an_injection_is_in_its_nights_and_in_no_other(calm: Replay, tmp_path: Path):
    first = FIRST + timedelta(days=9)
    injected = Injected(injection("covariate:2@x0"), first, seed=0)
    changed, untouched = calm.under(policy(tmp_path), injected), calm.under(policy(tmp_path))
    assert [one.injected for one in changed] == [one.night.as_of >= first for one in changed]
    assert _evidence(changed[:9]) == _evidence(untouched[:9])
    seen = first_seen(changed, "x0")
    assert seen is not None
    assert seen.night.as_of - first <= timedelta(days=1)
    assert first_seen(changed, "x1") is None


def test_a_change_of_outcomes_is_in_the_nights_on_which_they_become_known(calm: Replay, tmp_path: Path):
    first = FIRST + timedelta(days=9 - MATURITY)
    changed = calm.under(policy(tmp_path), Injected(injection("concept:origin=B"), first, seed=0))
    assert [one.night.as_of for one in changed if one.injected] == [one.as_of for one in calm.nights[9:]]


def test_a_loose_policy_keeps_what_a_strict_one_does_not(drifting: Replay, tmp_path: Path):
    strict, loose = (actions(drifting.under(policy(tmp_path, location=limit))) for limit in (0.3, 2.5))
    assert strict[: MOVED - 1] == loose[: MOVED - 1]
    assert set(loose) == {KEEP}
    assert RETRAIN in strict

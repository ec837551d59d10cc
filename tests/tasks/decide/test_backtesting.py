"""Injections are placed where they can be seen, delays are counted in nights, clean years know their budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tasks.decide.backtesting import clean, course, delay, judged_nights, newest_model, place
from tasks.decide.replay import Injected, Replay
from tasks.evidence.decision import Action
from tasks.evidence.injection import Injection, parse_injection
from tests.tasks.decide.replays import policy, replay_of
from tests.tasks.governance.stored import FIRST, MATURITY, Portfolio

NIGHTS, SEED = 16, 0
LAST = FIRST + timedelta(days=NIGHTS - 1)
MIDDLE = FIRST + timedelta(days=NIGHTS // 2)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay_of(tmp_path_factory.mktemp("calm") / "project", NIGHTS, Portfolio(rows=300, numbers=2))


def injection(text: str) -> Injection:
    read, faults = parse_injection(text)
    assert read is not None, faults
    return read


def placed(text: str, replay: Replay) -> Injected:
    found, faults = place(injection(text), replay, SEED)
    assert found is not None, faults
    return found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("covariate:1@x0", MIDDLE),
        (f"covariate:1@x0:{LAST}", LAST),
        ("concept:origin=B", MIDDLE - timedelta(days=MATURITY)),
        (f"concept:origin=B:{FIRST - timedelta(days=MATURITY)}", FIRST - timedelta(days=MATURITY)),
    ],
)
def test_a_change_begins_where_it_says_or_in_the_middle_and_outcomes_with_their_batch(
    calm: Replay, text: str, first: date
):
    assert placed(text, calm).first == first


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("covariate:1@salary", "expected a feature of the model (x0, x1, job), received 'salary'"),
        (f"covariate:1@x0:{LAST + timedelta(days=1)}", f"expected a replayed night, from {FIRST} to {LAST}"),
        (f"concept:origin=B:{FIRST}", "expected a batch whose outcomes become known within the nights"),
    ],
)
def test_what_could_not_be_seen_is_refused_with_what_was_expected(calm: Replay, text: str, expected: str):
    found, faults = place(injection(text), calm, SEED)
    assert found is None
    assert expected in " ".join(faults)


def test_a_delay_is_counted_from_the_first_night_that_has_the_change(calm: Replay, tmp_path: Path):
    chosen, injected = policy(tmp_path), placed("covariate:1@x0", calm)
    replayed = calm.under(chosen, injected)
    found = delay(chosen, injected, replayed, calm.under(chosen))
    assert (found.first, found.nights, found.subject) == (MIDDLE, NIGHTS // 2, "x0")
    assert found.seen is not None
    assert found.delay == (found.seen - MIDDLE).days <= 2
    assert found.action is Action.RETRAIN
    assert not found.anyway


def test_a_change_within_the_tolerance_is_never_seen(calm: Replay, tmp_path: Path):
    chosen, injected = policy(tmp_path, location=2.5), placed("covariate:1@x0", calm)
    found = delay(chosen, injected, calm.under(chosen, injected), calm.under(chosen))
    assert (found.seen, found.delay, found.action, found.anyway) == (None, None, None, False)
    assert found.nights == NIGHTS // 2


def test_a_night_that_says_the_same_without_the_change_is_no_proof(calm: Replay, tmp_path: Path):
    """The feature is moved before and after the injection, so that every night would have named it."""
    chosen, injected = policy(tmp_path), placed("covariate:1@x0", calm)
    replayed = calm.under(chosen, injected)
    assert delay(chosen, injected, replayed, replayed).anyway


def test_an_injection_that_no_night_has_was_neither_seen_nor_missed(calm: Replay, tmp_path: Path):
    chosen, untouched = policy(tmp_path), calm.under(policy(tmp_path))
    injected = Injected(injection("concept:origin=B"), FIRST, SEED)
    found = delay(chosen, injected, untouched, untouched)
    assert (found.nights, found.first, found.seen) == (0, FIRST, None)


def test_a_course_has_every_night_with_what_was_decided_when_it_ran(calm: Replay, tmp_path: Path):
    nights = (replace(calm.nights[0], decided=Action.ASK), *calm.nights[1:])
    chosen = policy(tmp_path)
    told = course(chosen, replace(calm, nights=nights).under(chosen))
    assert [night.as_of for night in told.nights] == [night.as_of for night in calm.nights]
    assert (told.count(Action.KEEP), told.injection, told.injected) == (NIGHTS, "", None)
    assert [night.as_of for night in told.differing] == [FIRST]


def test_two_policies_see_the_same_change_after_different_times(calm: Replay, tmp_path: Path):
    injected = placed("covariate:0.6@x0", calm)
    strict, loose = (
        delay(chosen, injected, calm.under(chosen, injected), calm.under(chosen))
        for chosen in (policy(tmp_path, location=0.1), policy(tmp_path, location=0.4))
    )
    assert strict.delay is not None
    assert loose.delay is None or strict.delay < loose.delay


def test_clean_years_name_each_monitor_with_its_budget_and_all_together(calm: Replay, tmp_path: Path):
    found = clean(policy(tmp_path), calm, years=5, seed=SEED)
    by_code = {one.code: one for one in found.monitors}
    assert (found.years, found.nights, found.reference_nights, found.version) == (5, 365, 56, 3)
    assert (by_code["data_drift"].budget, by_code["data_drift"].role) == (0.01, "required")
    together = found.monitors[-1]
    assert together.code == ""
    assert together.budget == pytest.approx(sum(one.budget for one in found.monitors[:-1] if one.budget))
    assert together.alarms == sum(one.alarms for one in found.monitors[:-1])


def test_without_a_judged_night_there_is_no_model_to_simulate(calm: Replay):
    unjudged = tuple(replace(night, judgeable=None) for night in calm.nights)
    assert judged_nights(unjudged) == ()
    with pytest.raises(ValueError, match="run `assay nightly` first"):
        newest_model(unjudged)
    assert newest_model((*unjudged, calm.nights[-1])).version == 3

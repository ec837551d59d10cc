from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.data_quality import CHECK, DataQualitySettings
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import (
    BINNING,
    FIRST,
    WATCHED,
    Portfolio,
    by_subject,
    led,
    night,
    nights,
    watched_reference,
)

SUBJECTS = ["income", "balance", "job", "application", "accounts", "rows"]


def without_ages(profile: Profile) -> Profile:
    nothing = np.zeros(2, dtype=np.int64)
    return replace(profile, served=nothing, age_totals=nothing.astype(float))


def test_stays_silent_over_clean_nights():
    found = by_subject(led(CHECK, nights(60)))
    assert list(found) == SUBJECTS
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


@pytest.mark.parametrize(
    ("subject", "tonight", "said"),
    [
        ("balance", night(600, 1, Portfolio(nulls=0.3), day=FIRST), "balance: missing values rose by 2"),
        ("job", night(600, 1, Portfolio(unseen=0.1), day=FIRST), "job: values that the reference never had rose by"),
        ("income", night(600, 1, Portfolio(outside=0.1), day=FIRST), "income: values outside the range of the ref"),
        ("accounts", night(600, 1, Portfolio(hours=120.0), day=FIRST), "accounts: values are 100 hours older than"),
        ("rows", night(100, 1, day=FIRST), "The night has 0.17 times the expected rows"),
        ("rows", night(2400, 1, day=FIRST), "The night has 4.0"),
    ],
)
def test_each_fault_is_seen_the_first_night_and_only_its_subject_is_named(subject: str, tonight: Profile, said: str):
    found = by_subject(led(CHECK, [tonight]))
    assert found[subject].outcome is Outcome.FAIL
    assert found[subject].sentence.startswith(said)
    assert "tolerated. Seen since 3 March 2025 (1 night" in found[subject].sentence
    assert found[subject].since == FIRST
    assert found[subject].interval is not None
    assert {one.outcome for name, one in found.items() if name != subject} == {Outcome.PASS}


def test_a_share_is_told_from_what_to_what():
    found = by_subject(led(CHECK, nights(1, Portfolio(nulls=0.4))))
    assert "Expected 10.0% of rows, found 3" in found["balance"].sentence


def test_what_is_counted_once_a_night_has_no_rows_of_its_own():
    found = by_subject(led(CHECK, nights(1, n=100)))
    assert "(1 night), on" in found["rows"].sentence


def test_a_column_that_is_gone_is_seen():
    found = by_subject(led(CHECK, nights(1, Portfolio(nulls=1.0))))
    assert found["balance"].outcome is Outcome.FAIL
    assert "found 100.0%" in found["balance"].sentence


def test_a_fault_of_less_than_is_tolerated_is_let_pass():
    found = by_subject(led(CHECK, nights(5, Portfolio(nulls=0.2)), DataQualitySettings(share=0.15)))
    assert found["balance"].outcome is Outcome.PASS


def test_values_that_come_fresher_are_no_fault():
    found = by_subject(led(CHECK, nights(5, Portfolio(hours=1.0))))
    assert found["accounts"].outcome is Outcome.PASS


def test_a_view_that_serves_nothing_is_seen_though_no_age_is_known():
    silent = [replace(one, served=np.array([600, 0]), age_totals=np.array([1200.0, 0.0])) for one in nights(1)]
    found = by_subject(led(CHECK, silent))
    assert found["accounts"].outcome is Outcome.FAIL
    assert "rows that the view has nothing for rose by 100.0 points" in found["accounts"].sentence


def test_ages_that_were_never_measured_are_not_judged_and_not_missed():
    found = by_subject(
        led(CHECK, [without_ages(one) for one in nights(3)], reference=tuple(map(without_ages, WATCHED)))
    )
    assert list(found) == ["income", "balance", "job", "rows"]
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


def test_ages_that_are_not_measured_tonight_are_no_pass():
    found = by_subject(led(CHECK, [without_ages(one) for one in nights(1)]))
    assert found["accounts"].outcome is Outcome.INCONCLUSIVE
    assert "no row of it" in found["accounts"].sentence


def test_an_empty_night_fails_by_its_rows_and_passes_nothing():
    found = by_subject(led(CHECK, [*nights(2), Profile.empty(BINNING)]))
    assert found.pop("rows").outcome is Outcome.FAIL
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}


def test_an_empty_night_of_a_seasonal_portfolio_is_told_by_its_date():
    """It has no event; shares that differ by weekday are not known of it, and its volume is."""
    weekly = tuple(
        night(1200 if i % 7 == 0 else 600, 100 + i, day=one.last_event.date())
        for i, one in enumerate(WATCHED)
        if one.last_event
    )
    found = by_subject(led(CHECK, [*nights(1), Profile.empty(BINNING)], reference=weekly))
    assert found.pop("rows").outcome is Outcome.FAIL
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_no_reference_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_that_is_too_small_says_how_many_nights_it_would_take():
    found = by_subject(led(CHECK, nights(1, n=60), reference=watched_reference(4, 60)))
    assert found["balance"].outcome is Outcome.INCONCLUSIVE
    assert "the reference of 4 nights" in found["balance"].sentence
    assert "it would take about" in found["balance"].sentence


def test_a_single_batch_of_reference_is_enough_for_what_is_declared():
    found = by_subject(led(CHECK, nights(3), reference=watched_reference(1, 4000), nights_a_year=12))
    assert found["income"].outcome is Outcome.PASS
    assert found["rows"].outcome is not Outcome.PASS

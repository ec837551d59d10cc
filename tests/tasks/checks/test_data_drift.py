from datetime import timedelta

import numpy as np
import pytest

from tasks.checks.data_drift import CHECK, DataDriftSettings
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


def test_stays_silent_over_clean_nights():
    found = by_subject(led(CHECK, nights(40)))
    assert list(found) == ["income", "balance", "job"]
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert all("is tolerated" in one.sentence and one.since is None for one in found.values())


@pytest.mark.parametrize(
    ("subject", "moved", "said"),
    [
        ("income", Portfolio(shift=0.6), "income moved up by"),
        ("income", Portfolio(shift=-0.6), "income moved down by"),
        ("income", Portfolio(spread=2.0), "income is spread"),
        ("job", Portfolio(unseen=0.2), "job: the share of 'an unseen level' rose by"),
    ],
)
def test_a_large_move_is_seen_the_first_night_and_only_the_moved_feature_is_named(
    subject: str, moved: Portfolio, said: str
):
    found = by_subject(led(CHECK, nights(1, moved)))
    assert found[subject].outcome is Outcome.FAIL
    assert found[subject].sentence.startswith(said)
    assert {one.outcome for name, one in found.items() if name != subject} == {Outcome.PASS}


def test_a_smaller_move_takes_some_nights_and_is_told_with_all_of_its_figures():
    assert by_subject(led(CHECK, nights(1, Portfolio(shift=-0.25))))["income"].outcome is Outcome.PASS
    income = by_subject(led(CHECK, nights(8, Portfolio(shift=-0.25))))["income"]
    assert income.outcome is Outcome.FAIL
    assert (income.unit, income.limit) == ("standard deviations of the feature", pytest.approx(0.07))
    assert income.interval is not None
    assert income.interval.low < -0.2 < income.interval.high
    assert income.estimate == pytest.approx(-0.25, abs=0.05)
    assert income.since == FIRST
    assert income.strength is not None
    assert income.strength.log10_value >= income.strength.log10_threshold
    for part in ("moved down by 0.2", "[0.", "up to 0.07 is tolerated", "since 3 March 2025 (8 nights, 4,800 rows)"):
        assert part in income.sentence
    assert "evidence that an alarm takes. Most of it: 'below " in income.sentence


def test_a_move_that_starts_later_is_dated_to_its_start():
    income = by_subject(led(CHECK, [*nights(10), *nights(8, Portfolio(shift=0.3), first=10)]))["income"]
    assert income.outcome is Outcome.FAIL
    assert income.since is not None
    assert abs((income.since - FIRST).days - 10) <= 2


def test_a_move_within_the_tolerance_is_no_alarm_however_many_rows():
    within = [night(20_000, 300 + i, Portfolio(shift=0.12), day=FIRST) for i in range(5)]
    found = by_subject(led(CHECK, within, DataDriftSettings(location=0.15)))
    assert found["income"].outcome is Outcome.PASS


def test_nights_that_differ_by_themselves_are_no_drift():
    """Every night its own effect of 0.6 standard deviations, in the reference and after it."""
    rng = np.random.default_rng(1)
    swinging = tuple(night(600, 400 + i, Portfolio(shift=0.6 * rng.standard_normal()), day=FIRST) for i in range(76))
    found = by_subject(led(CHECK, swinging[56:], reference=swinging[:56]))["income"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "which cannot be judged: the reference of 56 nights" in found.sentence
    assert by_subject(led(CHECK, swinging[56:]))["income"].outcome is Outcome.FAIL


def test_a_reference_that_is_too_small_cannot_tell_and_says_how_many_nights_would():
    few = by_subject(led(CHECK, nights(1), reference=WATCHED[:8]))["income"]
    assert few.outcome is Outcome.INCONCLUSIVE
    assert "the reference of 8 nights" in few.sentence
    needed = int(few.sentence.split("about ")[1].split(" nights")[0])
    assert 8 < needed < 100
    # The root law: what is asked for is about enough.
    enough = by_subject(led(CHECK, nights(1), reference=watched_reference(needed + 5)))["income"]
    assert enough.outcome is Outcome.PASS


@pytest.mark.parametrize("tonight", [Profile.empty(BINNING), night(199, 1, day=FIRST)])
def test_too_few_rows_cannot_be_judged(tonight: Profile):
    (finding,) = led(CHECK, [tonight])
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


def test_a_small_night_does_not_hide_the_alarm_of_the_nights_before():
    found = by_subject(led(CHECK, [*nights(3, Portfolio(shift=0.6)), night(100, 1, day=FIRST)]))
    assert found["income"].outcome is Outcome.FAIL
    assert found["job"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_no_reference_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "no reference" in finding.sentence


def test_a_feature_that_never_had_a_value_is_no_pass():
    nowhere = Portfolio(nulls=1.0)
    found = by_subject(led(CHECK, nights(3, nowhere), reference=watched_reference(30, 600, nowhere)))
    assert found["balance"].outcome is Outcome.INCONCLUSIVE
    assert "no value at all in the reference" in found["balance"].sentence
    assert found["income"].outcome is Outcome.PASS


@pytest.mark.parametrize("before", [Portfolio(), Portfolio(shift=0.1)])
def test_a_feature_that_has_vanished_tonight_is_no_pass_whatever_it_did_before(before: Portfolio):
    found = by_subject(led(CHECK, [*nights(3, before), *nights(1, Portfolio(nulls=1.0), first=3)]))
    assert found["balance"].outcome is Outcome.INCONCLUSIVE
    assert "no row of it" in found["balance"].sentence


def test_nights_of_a_monthly_project_have_no_weekdays():
    found = by_subject(led(CHECK, nights(3), nights_a_year=12))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


def test_a_weekday_season_is_no_drift():
    """Sundays lie 0.8 standard deviations higher, in the reference and after it."""

    def week(profiles: list[Profile]) -> list[Profile]:
        season = []
        for i, one in enumerate(profiles):
            assert one.last_event is not None
            sunday = one.last_event.weekday() == 6
            season.append(night(600, 900 + i, Portfolio(shift=0.8), day=one.last_event.date()) if sunday else one)
        return season

    wide, seasonal = DataDriftSettings(location=0.2, spread=1.4), tuple(week(list(WATCHED)))
    found = by_subject(led(CHECK, week(nights(21)), wide, reference=seasonal))
    assert found["income"].outcome is Outcome.PASS
    everyday = [night(600, 900 + i, Portfolio(shift=0.8), day=FIRST + timedelta(days=i)) for i in range(3)]
    assert by_subject(led(CHECK, everyday, wide, reference=seasonal))["income"].outcome is Outcome.FAIL


def test_every_finding_has_its_histogram():
    for finding in led(CHECK, nights(1)):
        (chart,) = finding.evidence
        assert chart.kind == "bars"
        for series in chart.series:
            assert np.sum([value for value in series.values if value]) == pytest.approx(1)

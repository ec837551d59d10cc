from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.data_drift import CHECK, DataDriftSettings, judge
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, REFERENCE, Portfolio, by_subject, case, night

SETTINGS = DataDriftSettings()


def test_stays_silent_on_an_unmoved_night():
    findings = judge(case(), SETTINGS, 0)
    assert [finding.subject for finding in findings] == ["income", "balance", "job"]
    assert {finding.outcome for finding in findings} == {Outcome.PASS}
    assert {finding.code for finding in findings} == {CHECK.code}


@pytest.mark.parametrize(
    ("subject", "portfolio", "said"),
    [
        ("income", Portfolio(shift=0.8), "income moved up by"),
        ("income", Portfolio(shift=-0.8), "income moved down by"),
        ("income", Portfolio(spread=3.0), "income is spread"),
        ("balance", Portfolio(nulls=0.5), "missing balance rose by"),
        ("job", Portfolio(unseen=0.3), "an unseen level"),
    ],
)
def test_fires_on_each_kind_of_move(subject: str, portfolio: Portfolio, said: str):
    found = by_subject(judge(case(tonight=night(1000, 5, portfolio)), SETTINGS, 0))
    assert found[subject].outcome is Outcome.FAIL
    assert said in found[subject].sentence
    assert "the limit is" in found[subject].sentence
    assert {other.outcome for name, other in found.items() if name != subject} == {Outcome.PASS}


def test_the_estimate_is_in_standard_deviations_and_its_interval_covers_the_truth():
    found = by_subject(judge(case(tonight=night(20000, 6, Portfolio(shift=0.4))), SETTINGS, 0))
    income = found["income"]
    assert income.unit == "standard deviations"
    assert income.interval is not None
    assert income.interval.low <= 0.4 <= income.interval.high
    assert income.estimate == pytest.approx(0.4, abs=0.05)


def test_a_move_within_the_limit_is_no_failure_however_many_rows():
    found = by_subject(judge(case(tonight=night(100_000, 7, Portfolio(shift=0.1))), SETTINGS, 0))
    assert found["income"].outcome is Outcome.PASS


def test_night_to_night_variation_widens_the_interval():
    """The same night against a reference whose nights differ: what was a failure is no longer told apart."""
    moved = case(tonight=night(2000, 8, Portfolio(shift=0.5)))
    steady = by_subject(judge(moved, SETTINGS, 0))["income"]
    swings = tuple(night(500, 50 + i, Portfolio(shift=0.5 * (-1) ** i)) for i in range(20))
    swinging = by_subject(judge(replace(moved, reference=swings), SETTINGS, 0))["income"]
    assert steady.outcome is Outcome.FAIL
    assert swinging.outcome is Outcome.INCONCLUSIVE
    assert "nights differ too much by themselves" in swinging.sentence


def test_a_policy_may_accept_wide_intervals_and_the_sentence_says_what_they_would_show():
    swings = tuple(night(500, 50 + i, Portfolio(shift=0.25 * (-1) ** i)) for i in range(20))
    found = by_subject(judge(case(reference=swings, tonight=night(2000, 8)), DataDriftSettings(widest=5.0), 0))
    assert found["income"].outcome is Outcome.PASS
    assert "though only one beyond" in found["income"].sentence
    gone = by_subject(
        judge(case(reference=swings, tonight=night(2000, 8, Portfolio(shift=4.0))), DataDriftSettings(widest=5.0), 0)
    )
    assert gone["income"].outcome is Outcome.FAIL


def test_a_reference_of_one_batch_says_what_it_does_not_know():
    findings = judge(case(reference=REFERENCE[:1]), SETTINGS, 0)
    assert all("single batch" in finding.sentence for finding in findings)


def test_too_few_rows_for_the_limit_cannot_tell_and_says_how_many_would():
    tight = DataDriftSettings(location=0.05)
    found = by_subject(judge(case(reference=REFERENCE[:1]), tight, 0))["income"]
    assert found.outcome is Outcome.INCONCLUSIVE
    alone = by_subject(judge(case(reference=(night(200_000, 3),)), tight, 0))["income"]
    assert alone.needed is not None
    assert alone.needed > 1000


@pytest.mark.parametrize("tonight", [None, Profile.empty(BINNING), night(3, 1)])
def test_cannot_judge_without_rows(tonight: Profile | None):
    (finding,) = judge(case(tonight=tonight), SETTINGS, 0)
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_cannot_judge_without_a_reference(reference: tuple[Profile, ...]):
    (finding,) = judge(case(reference=reference), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_feature_that_has_vanished_fails_by_its_missing_values():
    found = by_subject(judge(case(tonight=night(1000, 9, Portfolio(nulls=1.0))), SETTINGS, 0))
    assert found["balance"].outcome is Outcome.FAIL


def test_a_feature_that_never_had_a_value_is_no_pass():
    nowhere = Portfolio(nulls=1.0)
    quiet = case(reference=tuple(night(500, i, nowhere) for i in range(5)), tonight=night(1000, 9, nowhere))
    assert by_subject(judge(quiet, SETTINGS, 0))["balance"].outcome is Outcome.INCONCLUSIVE


def test_every_finding_has_its_histogram():
    for finding in judge(case(), SETTINGS, 0):
        (chart,) = finding.evidence
        assert chart.kind == "bars"
        for series in chart.series:
            assert np.sum([value for value in series.values if value]) == pytest.approx(1)

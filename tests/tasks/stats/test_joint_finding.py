"""The joint test's finding: it fires, stays silent, and says why it cannot judge."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tasks.checks import data_drift
from tasks.checks.joint_drift import JointDriftSettings, fit
from tasks.evidence.case import Watched
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.stats.joint_finding import joint_finding
from tests.tasks.checks.portfolios import BINNING, FIRST, SCHEMA, THRESHOLD, WATCHED, Portfolio, case, night, nights

NAMES = SCHEMA.names
FACTS = MonitorFacts(SCHEMA, THRESHOLD, 365)
MOVED = Portfolio(shift=0.4, nulls=0.2)


def found(
    batches: Sequence[Profile],
    reference: Sequence[Profile] = WATCHED,
    *,
    tolerance: float = 0.03,
    effect: float = 0.0,
    names: Sequence[str] = NAMES,
) -> Finding:
    """What is said after these nights."""
    detector = fit(tuple(reference), FACTS, JointDriftSettings(tolerance=tolerance, batch_effect=effect))
    if detector is None:
        return joint_finding(case(watched=None), "joint_drift", "all features", names, 200)
    state = detector.start()
    for index, batch in enumerate(batches):
        seen = WatchedNight(FIRST + timedelta(days=index), batch, None)
        state = detector.observe(state, seen)
    return joint_finding(case(watched=Watched(detector, state, seen)), "joint_drift", "all features", names, 200)


def test_fires_with_the_evidence_the_features_and_a_picture():
    finding = found(nights(6, MOVED))
    assert (finding.code, finding.subject, finding.outcome) == ("joint_drift", "all features", Outcome.FAIL)
    assert finding.strength is not None
    assert finding.strength.log10_value >= finding.strength.log10_threshold
    (chart,) = finding.evidence
    assert isinstance(chart, BarChart)
    shares = [value or 0.0 for value in chart.series[0].values]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    assert f"Most of it: {chart.labels[0]} {100 * shares[0]:.0f}%, {chart.labels[1]} " in finding.sentence


def test_stays_silent_over_clean_nights_with_the_figures_and_no_picture():
    finding = found(nights(20))
    assert (finding.outcome, finding.evidence) == (Outcome.PASS, ())
    assert finding.interval is not None
    assert finding.estimate is not None
    assert finding.interval.low < finding.estimate < finding.interval.high < 0.53
    assert finding.limit == 0.53
    assert finding.sentence.endswith("; up to 0.530 is tolerated.")
    assert finding.strength is not None
    assert finding.strength.log10_value < finding.strength.log10_threshold


def test_the_figures_of_the_sentence_are_those_of_the_finding():
    finding = found(nights(6, MOVED))
    assert finding.interval is not None
    assert f"AUC {finding.estimate:.3f} [{finding.interval.low:.3f}, {finding.interval.high:.3f}]" in finding.sentence
    assert f"in {100 * (finding.estimate or 0):.1f}% of pairs" in finding.sentence


def test_the_first_night_is_learnt_from():
    finding = found(nights(1, MOVED))
    assert (finding.outcome, finding.estimate) == (Outcome.NOT_APPLICABLE, None)
    assert finding.sentence == "All features: the first night is learnt from; the next is tested against it."


@pytest.mark.parametrize("rows", [1, 199])
def test_too_few_rows_tonight_cannot_be_judged_whatever_was_seen_before(rows: int):
    finding = found([*nights(6, MOVED), night(rows, 1, day=FIRST)])
    assert (finding.outcome, finding.n, finding.needed) == (Outcome.INCONCLUSIVE, rows, 200)
    assert ("1 row," if rows == 1 else "199 rows,") in finding.sentence


@pytest.mark.parametrize("reference", [(), WATCHED[:1], (Profile.empty(BINNING),) * 5])
def test_without_two_batches_of_reference_it_cannot_be_judged(reference: tuple[Profile, ...]):
    finding = found(nights(3), reference)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "not two batches" in finding.sentence


def test_a_reference_that_is_too_small_is_no_pass_and_says_what_it_would_take():
    finding = found(nights(3), WATCHED[:20], effect=0.05)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "the reference is too small, it would take about " in finding.sentence
    assert finding.estimate is not None


def test_a_move_too_large_for_a_small_reference_to_explain_still_fires():
    assert found(nights(6, Portfolio(shift=3.0)), WATCHED[:20], effect=0.05).outcome is Outcome.FAIL


def test_a_detector_of_another_kind_cannot_be_judged():
    bank = data_drift.fit(WATCHED, FACTS, data_drift.DataDriftSettings())
    assert bank is not None
    watched = Watched(bank, bank.start(), WatchedNight(FIRST, WATCHED[0], None))
    finding = joint_finding(case(watched=watched), "joint_drift", "all features", NAMES, 200)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_nights_that_cannot_be_told_from_the_reference_at_all_are_said_to_be_so():
    """Every feature constant: no direction, whatever the rows."""

    def flat(batch: Profile) -> Profile:
        gone = tuple(histogram * 0 for histogram in batch.histograms)
        return replace(
            batch, histograms=gone, nulls=batch.nulls * 0 + batch.rows, rank_cross=batch.rank_cross * 0 + 150
        )

    finding = found([flat(one) for one in nights(3)], [flat(one) for one in WATCHED])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "exactly where the reference lies" in finding.sentence


def test_the_interval_stays_a_probability():
    finding = found(nights(3, Portfolio(shift=8.0)))
    assert finding.interval is not None
    assert finding.interval.high <= 1
    assert finding.outcome is Outcome.FAIL


def test_evidence_against_a_move_stays_a_finite_figure():
    finding = found(nights(60), tolerance=0.4)
    assert finding.strength is not None
    assert -99 <= finding.strength.log10_value < 0

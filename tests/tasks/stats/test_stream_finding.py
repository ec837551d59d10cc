"""What is said of readings: the verdict, the stream that speaks, and a sentence whose figures are the finding's."""

from dataclasses import replace
from datetime import date
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.monitor import Alarm
from tasks.stats.e_bank import Reading
from tasks.stats.ranks import deviations_in_rank_shift, ratio_in_spread_auc
from tasks.stats.stream_finding import (
    Told,
    findings,
    level_unit,
    location_unit,
    not_judged,
    nothing_yet,
    share_unit,
    spread_unit,
)

QUIET, LOUD = Alarm(0.0, log(365 / 0.02)), Alarm(20.0, log(365 / 0.02))
UNITS = {
    "location": location_unit("feature"),
    "spread": spread_unit("feature"),
    "missing": share_unit("missing values of {subject}"),
    "level:a:b": level_unit("level:a:b"),
    "level:{x}": level_unit("level:{x}"),
}
CLEAN = Reading(
    subject="income", aspect="location", sign=1.0, statistic=0, part=0, departed=0.001, error=0.004, expected=0.5,
    tolerance=0.02, margin=0.002, known_to=0.01, log_evidence=-3.0, began=0, nights=1, rows=600.0, seen=True,
    blamed=False, judgeable=True, batches=56, weight=0.1,
)  # fmt: skip
BLAMED = replace(
    CLEAN, departed=deviations_in_rank_shift(0.5), log_evidence=15.0, began=date(2025, 3, 3).toordinal(), nights=4,
    rows=2400.0, blamed=True,
)  # fmt: skip


def said(*readings: Reading, alarm: Alarm = QUIET) -> Finding:
    (finding,) = findings(readings, Told("data_drift", alarm, UNITS))
    return finding


def test_a_blamed_stream_fires_with_its_size_its_beginning_and_its_strength():
    finding = said(BLAMED, alarm=LOUD)
    assert finding.outcome is Outcome.FAIL
    assert finding.estimate == pytest.approx(0.5)
    assert finding.limit == pytest.approx(2**0.5 * norm.ppf(0.52))
    assert (finding.since, finding.n) == (date(2025, 3, 3), 2400)
    assert finding.sentence.startswith("income moved up by 0.50 standard deviations [")
    assert "; up to 0.07 is tolerated. Seen since 3 March 2025 (4 nights, 2,400 rows), on " in finding.sentence


def test_a_clean_stream_passes_and_its_sentence_names_no_night():
    finding = said(CLEAN)
    assert (finding.outcome, finding.since) == (Outcome.PASS, None)
    assert finding.sentence.endswith("; up to 0.07 is tolerated.")


def test_a_reference_that_is_too_small_cannot_be_judged_and_says_how_many_nights_it_takes():
    """The error falls with the root of the nights: three times too wide takes nine times as many."""
    finding = said(replace(CLEAN, margin=0.03, judgeable=False))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "cannot be judged: the reference of 56 nights knows" in finding.sentence
    assert "it would take about 504 nights" in finding.sentence


def test_a_stream_without_rows_tonight_cannot_be_judged_however_clean_it_was():
    finding = said(replace(CLEAN, seen=False, rows=0.0))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.sentence == "income cannot be judged: tonight has no row of it that can be compared."


def test_a_blamed_stream_fails_even_when_tonight_or_the_reference_has_too_little():
    assert said(replace(BLAMED, seen=False)).outcome is Outcome.FAIL
    assert said(replace(BLAMED, judgeable=False)).outcome is Outcome.FAIL


def test_a_check_within_a_tenth_of_an_alarm_says_so_only_while_there_is_none():
    near = Alarm(log(365 / 0.02) - 1, log(365 / 0.02))
    assert "within a tenth of an alarm" in said(CLEAN, alarm=near).sentence
    assert "within a tenth" not in said(CLEAN, alarm=LOUD).sentence
    assert "within a tenth" not in said(CLEAN, alarm=QUIET).sentence


@settings(deadline=None, derandomize=True)
@given(st.permutations(range(4)))
def test_the_stream_that_says_most_speaks_whatever_their_order(order: list[int]):
    too_small = replace(CLEAN, aspect="spread", judgeable=False, margin=0.05)
    nearest = replace(CLEAN, aspect="missing", departed=0.015)
    louder = replace(BLAMED, aspect="level:a:b", log_evidence=20.0)
    every = [CLEAN, nearest, too_small, BLAMED]
    told = Told("data_drift", QUIET, UNITS)

    def unit(readings: list[Reading]) -> str:
        (finding,) = findings([readings[i] for i in order if i < len(readings)], told)
        return finding.unit

    assert unit(every) == UNITS["location"].name
    assert unit(every[:3]) == UNITS["spread"].name
    assert unit(every[:2]) == UNITS["missing"].name
    assert unit([*every[2:], louder]) == UNITS["level:a:b"].name


def test_of_the_two_directions_the_one_that_moved_speaks():
    up, down = replace(CLEAN, departed=-0.01), replace(CLEAN, sign=-1.0, departed=-0.01)
    assert said(up, down).sentence == said(down).sentence
    assert said(down).limit == pytest.approx(said(CLEAN).limit or 0.0)


def test_each_subject_has_one_finding_in_the_order_of_first_appearance():
    others = [replace(CLEAN, subject=subject) for subject in ("b", "a", "b", "c", "a")]
    found = findings(others, Told("c", QUIET, UNITS))
    assert [finding.subject for finding in found] == ["b", "a", "c"]
    assert findings([], Told("c", QUIET, UNITS)) == ()


def test_a_fall_is_told_as_a_fall_with_figures_that_are_not_negative():
    finding = said(replace(BLAMED, sign=-1.0, departed=-BLAMED.departed))
    assert finding.sentence.startswith("income moved down by 0.50 standard deviations [0.4")
    assert finding.estimate == pytest.approx(-0.5)
    assert finding.limit == pytest.approx(said(BLAMED).limit or 0.0)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_a_spread_is_told_as_a_factor_between_two_tolerated_ones(ratio: float):
    one = replace(CLEAN, aspect="spread", departed=ratio_in_spread_auc(ratio) - 0.5)
    finding = said(one)
    assert finding.estimate == pytest.approx(ratio)
    assert finding.sentence.startswith(f"income is spread {ratio:.2f} times as wide [")
    assert "; 0.94 to 1.06 is tolerated" in finding.sentence


def test_a_share_is_told_in_points_and_moves_by_all_of_it_at_most():
    finding = said(replace(CLEAN, aspect="missing", departed=0.995, error=0.1))
    assert finding.sentence.startswith("missing values of income rose by 99.5 points [79.9, 100.0]")
    assert finding.interval is not None
    assert finding.interval.high == 1
    fall = said(replace(CLEAN, aspect="missing", sign=-1.0, departed=-0.031))
    assert fall.sentence.startswith("missing values of income fell by 3.1 points [2.3, 3.9]")


@pytest.mark.parametrize(("aspect", "level"), [("level:a:b", "a:b"), ("level:{x}", "{x}")])
def test_a_level_keeps_its_name_whatever_stands_in_it(aspect: str, level: str):
    assert said(replace(CLEAN, aspect=aspect)).sentence.startswith(f"income: the share of '{level}' rose by 0.1 points")


def test_a_subject_keeps_its_name_whatever_stands_in_it():
    assert said(replace(CLEAN, subject="{move}")).sentence.startswith("{move} moved up by 0.00 standard deviations")


@settings(deadline=None, derandomize=True)
@given(
    st.sampled_from(["location", "spread", "missing"]), st.floats(-1, 1), st.floats(0, 0.5),
    st.sampled_from([1.0, -1.0]), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
def test_the_estimate_lies_in_its_interval_and_only_a_whole_judgement_passes(
    aspect: str, departed: float, error: float, sign: float, blamed: bool, judgeable: bool, seen: bool
):
    finding = said(
        replace(CLEAN, aspect=aspect, departed=departed, error=error, sign=sign, blamed=blamed, judgeable=judgeable,
                seen=seen)
    )  # fmt: skip
    assert finding.interval is not None
    assert finding.estimate is not None
    assert finding.interval.low <= finding.estimate <= finding.interval.high
    assert (finding.outcome is Outcome.FAIL) == blamed
    assert (finding.outcome is Outcome.PASS) == (judgeable and seen and not blamed)


def test_strength_is_measured_against_what_one_stream_alone_would_take():
    strength = said(BLAMED, alarm=LOUD).strength
    assert strength is not None
    assert 10**strength.log10_value == pytest.approx(2.718281828**15, rel=1e-6)
    assert 10**strength.log10_threshold == pytest.approx(365 / 0.02 / 0.1)
    nothing = said(replace(CLEAN, log_evidence=float("-inf"))).strength
    assert nothing is not None
    assert nothing.log10_value == -99


def test_what_is_counted_once_a_night_has_no_rows_of_its_own():
    assert "(4 nights), on" in said(replace(BLAMED, rows=4.0)).sentence
    assert "(1 night), on" in said(replace(BLAMED, rows=1.0, nights=1)).sentence


def test_a_blamed_stream_brings_its_aside_and_its_pictures():
    chart = BarChart(title="t", unit="u", labels=("a",), series=(Series(name="n", values=(1.0,)),))
    told = Told("c", LOUD, UNITS, aside=lambda one: f"Most of it: {one.subject}.", charts=lambda _: (chart,))
    (finding,) = findings([BLAMED], told)
    assert finding.sentence.endswith("the evidence that an alarm takes. Most of it: income.")
    assert finding.evidence == (chart,)


def test_what_cannot_be_judged_says_why_and_what_it_would_take():
    finding = not_judged("c", "all features", "the night has 3 rows", 3, 200)
    assert (finding.outcome, finding.n, finding.needed) == (Outcome.INCONCLUSIVE, 3, 200)
    assert finding.sentence == "All features cannot be judged: the night has 3 rows."


def test_labels_that_the_model_was_tested_on_are_neither_a_pass_nor_a_breach():
    finding = nothing_yet("c", "origin=B")
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert finding.sentence.startswith("Origin=B: no batch has come of age")

import numpy as np
import pytest

from tasks.checks.superiority import SuperioritySettings, judge
from tasks.evidence.case import Comparison
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Outcome
from tests.tasks.checks.portfolios import SCHEMA, case

SETTINGS = SuperioritySettings()


def comparison(
    champion: float, challenger: float, n: int = 4000, prevalence: float = 0.3, noise: float = 0.1
) -> Comparison:
    """Two scores on the same rows: how far each separates the labels, in standard deviations of its noise."""
    rng = np.random.default_rng(0)
    label = (rng.random(n) < prevalence).astype(np.int8)
    shared = rng.standard_normal(n)
    old, new = (
        1 / (1 + np.exp(-(gap * label + shared + noise * rng.standard_normal(n)))) for gap in (champion, challenger)
    )
    nothing = np.zeros((0, 3))
    return Comparison(label, old, new, 0.5, 0.5, nothing, nothing, SCHEMA)


def outcome(one: Comparison) -> Outcome:
    (finding,) = judge(case(Moment.GATE, comparison=one), SETTINGS, 0)
    return finding.outcome


def test_a_better_challenger_passes():
    assert outcome(comparison(1.0, 1.3)) is Outcome.PASS


def test_a_worse_challenger_fails():
    assert outcome(comparison(1.3, 1.0)) is Outcome.FAIL


def test_the_same_model_passes():
    same = comparison(1.0, 1.0)
    same = Comparison(same.label, same.champion_score, same.champion_score, 0.5, 0.5, *[np.zeros((0, 3))] * 2, SCHEMA)
    assert outcome(same) is Outcome.PASS


def test_rows_that_cannot_tell_say_how_many_could():
    one = comparison(1.0, 1.0, n=1500, noise=1.0)
    (finding,) = judge(case(Moment.GATE, comparison=one), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.needed is not None
    assert finding.needed > 1500


def test_not_applicable_without_a_champion():
    (finding,) = judge(case(Moment.GATE), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(("n", "prevalence"), [(0, 0.3), (3, 0.3), (2000, 0.0), (2000, 1.0), (2000, 0.01)])
def test_cannot_judge_without_both_labels(n: int, prevalence: float):
    assert outcome(comparison(1.0, 1.3, n=n, prevalence=prevalence)) is Outcome.INCONCLUSIVE


def test_a_missing_score_is_no_pass():
    one = comparison(1.0, 1.3)
    one.challenger_score[0] = np.nan
    assert outcome(one) is Outcome.INCONCLUSIVE

import numpy as np
import pandas as pd
import pytest

from tasks.checks.score_drift import ScoreDriftSettings, judge
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import profile
from tests.tasks.checks.portfolios import BINNING, SCHEMA, Portfolio, by_subject, case, draw, night

SETTINGS = ScoreDriftSettings()


def moved(n: int, log_odds: float) -> Profile:
    rows = draw(n, 4)
    score = 1 / (1 + np.exp(-(np.log(rows.score / (1 - rows.score)) + log_odds)))
    unknown = np.full(n, np.nan)
    return profile(BINNING, SCHEMA, rows.features, score, rows.event, pd.DataFrame(index=range(n)), unknown, None)


def test_stays_silent_on_an_unmoved_night():
    found = by_subject(judge(case(), SETTINGS, 0))
    assert {name: one.outcome for name, one in found.items()} == {"score": Outcome.PASS, "mean score": Outcome.PASS}


@pytest.mark.parametrize(("log_odds", "way"), [(1.0, ("up", "rose")), (-1.0, ("down", "fell"))])
def test_fires_when_scores_move(log_odds: float, way: tuple[str, str]):
    found = by_subject(judge(case(tonight=moved(1000, log_odds)), SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.FAIL}
    assert f"moved {way[0]} by" in found["score"].sentence
    assert f"{way[1]} by" in found["mean score"].sentence


def test_fires_when_only_the_spread_moves():
    found = by_subject(judge(case(tonight=night(1000, 3, Portfolio(signal=0.3))), SETTINGS, 0))
    assert found["score"].outcome is Outcome.FAIL
    assert "times as wide" in found["score"].sentence
    assert found["mean score"].outcome is Outcome.PASS


def test_the_mean_is_exact():
    tonight = moved(1000, 1.0)
    found = by_subject(judge(case(tonight=tonight), SETTINGS, 0))["mean score"]
    before = sum(batch.score_totals[0].sum() for batch in case().reference) / sum(b.rows for b in case().reference)
    assert found.estimate == pytest.approx(tonight.score_totals[0].sum() / tonight.rows - before)


@pytest.mark.parametrize("tonight", [None, Profile.empty(BINNING), night(3, 1)])
def test_cannot_judge_without_rows(tonight: Profile | None):
    (finding,) = judge(case(tonight=tonight), SETTINGS, 0)
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


def test_cannot_judge_without_a_reference():
    (finding,) = judge(case(reference=()), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE

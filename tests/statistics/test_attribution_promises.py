"""Attribution regression: how often an unchanged model is named, a halved effect, and a new proxy; beside them nDCG.

Gradient boosting by the built-in recipe on 5,000 rows, explained by the product; 20 seeds each. As measured: nothing
changed 1 flagged, the top effect halved 20, a proxy given an effect of .4 20; total variation and nDCG are in the table
of `docs/attribution-checks.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tasks.checks import attribution_regression, proxies
from tasks.evidence.finding import Finding, Outcome
from tasks.explain.refits import RefitPlan, refit_attributions
from tasks.stats.share_agreement import ndcg
from tasks.stats.share_change import split, total_variation
from tests.statistics.simulated_attributions import Effects, boosted, challenge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

SEEDS = 20
NOTHING, HALVED, PROXY = Effects(), Effects(top=0.5), Effects(proxy=0.4)
REGRESSION = attribution_regression.AttributionRegressionSettings(attributed_rows=500)
PROXIES = proxies.ProxiesSettings(attributed_rows=500, rows=1500)
#: The usual limit on nDCG.
_USUAL = 0.9


@dataclass(frozen=True)
class Seen:
    """What was found of one challenger.

    Attributes:
        named: features that `attribution_regression` named.
        flagged: whether it flagged anything: a feature, a view.
        distance: total variation of the shares.
        ndcg: of the challenger's order.
        refits: total variation of two models of one recipe, by halves of its rows.
    """

    named: frozenset[str]
    flagged: bool
    distance: float
    ndcg: float
    refits: float


@cache
def seen(world: Effects, seed: int) -> Seen:
    """A champion of the unchanged world, a challenger of another, judged on the challenger's rows."""
    with threadpool_limits(1):
        rows = NOTHING.draw(5000, seed)
        champion = boosted(rows)
        case = challenge(champion, rows, world, seed)
        findings = attribution_regression.judge(case, REGRESSION, seed)
        assert case.candidate is not None
        assert case.candidate.attribute is not None
        test = case.candidate.test.features.head(500)
        before, after = (
            split(np.abs(one(test)).mean(axis=0)) for one in (champion.attribute, case.candidate.attribute)
        )
        refits = refit_attributions(case.candidate, test, RefitPlan(4, 20_000, seed))
    assert refits is not None
    shares = split(np.abs(refits.attributions).mean(axis=1))
    apart = float(np.mean([total_variation(shares[0], shares[1]), total_variation(shares[2], shares[3])]))
    failed = [one.subject for one in findings if one.outcome is Outcome.FAIL]
    return Seen(frozenset(failed), bool(failed), float(total_variation(before, after)), ndcg(before, after), apart)


def all_seeds(world: Effects) -> list[Seen]:
    found = [seen(world, seed) for seed in range(SEEDS)]
    distances, orders = [one.distance for one in found], [one.ndcg for one in found]
    print(
        f"\n{world}: flagged {sum(one.flagged for one in found)} of {SEEDS}, total variation {np.mean(distances):.3f}, "
        f"refits {np.mean([one.refits for one in found]):.3f}, nDCG {np.mean(orders):.3f} (least {min(orders):.3f})"
    )
    return found


def test_nothing_changed_is_flagged_in_at_most_1_of_20():
    assert sum(one.flagged for one in all_seeds(NOTHING)) <= 1


def test_a_halved_top_effect_is_named_in_at_least_16_of_20():
    assert sum("income" in one.named for one in all_seeds(HALVED)) >= 16


def test_a_new_proxy_is_named_in_at_least_19_of_20():
    assert sum("nearby" in one.named for one in all_seeds(PROXY)) >= 19


@pytest.mark.parametrize(("world", "most"), [(NOTHING, 0), (HALVED, 1), (PROXY, 0)])
def test_ndcg_at_its_usual_limit_sees_next_to_none_of_them(world: Effects, most: int):
    """The least of 20 with the top effect halved was .897; a proxy never came near the limit."""
    assert sum(one.ndcg < _USUAL for one in all_seeds(world)) <= most


def test_shares_move_as_far_as_the_table_of_statistics_says():
    """STATISTICS.md, section 4: fresh data .083, halved .127, proxy .106; refits of one recipe differ by .08 or so."""
    nothing, halved, proxy = ([one.distance for one in all_seeds(world)] for world in (NOTHING, HALVED, PROXY))
    assert np.mean(nothing) == pytest.approx(0.083, abs=0.025)
    assert np.mean(halved) == pytest.approx(0.127, abs=0.03)
    assert np.mean(proxy) == pytest.approx(0.106, abs=0.03)
    # Halves of the rows differ as fresh models of the whole size do: the yardstick is neither long nor short.
    refits = np.mean([one.refits for one in all_seeds(NOTHING)])
    assert refits == pytest.approx(np.mean(nothing), rel=0.2)


def proxy_findings(world: Effects, seed: int) -> dict[str, Finding]:
    with threadpool_limits(1):
        rows = NOTHING.draw(5000, seed)
        found = proxies.judge(challenge(boosted(rows), rows, world, seed), PROXIES, seed)
    return {one.subject: one for one in found}


def test_the_proxy_is_found_by_the_group_it_stands_for_and_nothing_else_is():
    clean = [proxy_findings(NOTHING, seed) for seed in range(10)]
    planted = [proxy_findings(PROXY, seed) for seed in range(10)]
    assert sum(one["new proxies"].outcome is Outcome.FAIL for one in clean) == 0
    assert sum("nearby for origin=B" in one for one in planted) >= 9
    assert sum(one["origin"].outcome is Outcome.FAIL for one in clean) <= 1

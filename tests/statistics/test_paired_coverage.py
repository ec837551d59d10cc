"""Paired intervals cover: 95% of them hold the true difference, within 1.5 points, over 2,000 simulated comparisons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from tasks.stats.cluster_bootstrap import bootstrap
from tasks.stats.estimate import Estimate
from tasks.stats.paired_losses import Loss, paired_loss
from tasks.stats.paired_rates import DecisionRate, cells, paired_rate
from tasks.stats.roc import paired_auc
from tasks.stats.weighted_ranking import Ranking

ROWS, HANGING, THRESHOLD = 1200, 4, 0.3


@dataclass(frozen=True)
class Compared:
    """Two scores on the same rows, of which each `HANGING` come from one entity."""

    label: np.ndarray
    first: np.ndarray
    second: np.ndarray
    entity: np.ndarray


def compared(rows: int, rng: np.random.Generator, *, hanging: bool) -> Compared:
    """Both know the truth, the second with more noise; the rows of an entity share most of what is in them."""
    entity = np.arange(rows) // HANGING if hanging else np.arange(rows)

    def drawn() -> np.ndarray:
        own = rng.standard_normal(rows)
        if not hanging:
            return own
        return 0.8 * rng.standard_normal(rows // HANGING)[entity] + 0.6 * own

    known, unknown = drawn(), drawn()
    label = (rng.random(rows) < _share(-1.2 + 1.2 * known + 0.8 * unknown)).astype(np.int8)
    return Compared(label, _share(-1.1 + known + 0.2 * drawn()), _share(-1.1 + 0.9 * known + 0.5 * drawn()), entity)


def _share(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _delong(one: Compared, clusters: tuple[np.ndarray, ...], draws: int) -> Estimate | None:
    del clusters, draws
    areas = paired_auc(one.label, np.stack([one.first, one.second]))
    return None if areas is None else areas.difference(0, 1)


def _bootstrapped(
    figure: Callable[[Ranking, np.ndarray], np.ndarray],
) -> Callable[[Compared, tuple[np.ndarray, ...], int], Estimate | None]:
    def measure(one: Compared, clusters: tuple[np.ndarray, ...], draws: int) -> Estimate | None:
        drawn = bootstrap(
            one.label, (one.first, one.second), figure,
            clusters=clusters[0] if clusters else None, replicates=draws, seed=int(1e6 * one.first[0]),
        )  # fmt: skip
        return None if drawn is None else drawn.difference(0, 1)

    return measure


def _loss(loss: Loss) -> Callable[[Compared, tuple[np.ndarray, ...], int], Estimate | None]:
    return lambda one, clusters, draws: paired_loss(one.label, one.first, one.second, loss, clusters)


def _rate(which: DecisionRate) -> Callable[[Compared, tuple[np.ndarray, ...], int], Estimate | None]:
    return lambda one, clusters, draws: paired_rate(
        cells(one.label, one.first >= THRESHOLD, one.second >= THRESHOLD), which, clusters
    )


MEASURES = {
    "AUC by DeLong": _delong,
    "AUC by bootstrap": _bootstrapped(Ranking.auc),
    "PR-AUC": _bootstrapped(Ranking.average_precision),
    **{loss.value: _loss(loss) for loss in Loss},
    **{which.value: _rate(which) for which in DecisionRate},
}
BY_ROW = [name for name in MEASURES if name != "AUC by bootstrap"]
BY_ENTITY = [name for name in MEASURES if name != "AUC by DeLong"]


@cache
def truth(name: str, hanging: bool) -> float:
    """The difference on three million rows."""
    found = MEASURES[name](compared(3_000_000, np.random.default_rng(99), hanging=hanging), (), 2)
    assert found is not None
    return found.value


def coverage(name: str, simulations: int, *, hanging: bool, draws: int = 200) -> float:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(simulations):
        one = compared(ROWS, rng, hanging=hanging)
        found = MEASURES[name](one, (one.entity,) if hanging else (), draws)
        assert found is not None
        interval = found.interval(0.95)
        covered += interval.low <= truth(name, hanging) <= interval.high
    return covered / simulations


@pytest.mark.parametrize("name", ["log-loss", "precision"])
def test_a_hundred_intervals_nearly_all_cover(name: str):
    assert coverage(name, 100, hanging=False) >= 0.88


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_ROW)
def test_intervals_by_row_cover(name: str):
    assert coverage(name, 2_000, hanging=False) == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_ENTITY)
def test_intervals_by_entity_cover(name: str):
    assert coverage(name, 2_000, hanging=True) == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
def test_rows_that_hang_together_are_too_sure_without_the_entity():
    """DeLong takes every row for new: where the entity's rows are alike its intervals cover less."""
    assert coverage("AUC by DeLong", 2_000, hanging=True) < 0.93

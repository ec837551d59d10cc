"""What a model loses without some of its features: with their values dealt out anew, or trained without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Predict
from tasks.evidence.frame import Frame
from tasks.stats.estimate import Estimate
from tasks.stats.log_loss import log_losses
from tasks.stats.weighted_auc import rowwise_auc

Reals = NDArray[np.float64]
Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost, on the same rows; above 0 the features were worth having.

    Attributes:
        auc: AUC with the features less AUC without.
        log_loss: log-loss a row without them less log-loss with.
    """

    auc: Estimate
    log_loss: Estimate


def paired_loss(label: Labels, whole: Reals, without: Sequence[Reals], clip: float) -> Loss | None:
    """Loss from the scores with and without the features, paired by row (DeLong 1988 for the AUC).

    Several scores without them, of as many draws, are averaged; what differs between the draws is added to the error.

    Args:
        label: 0 or 1, shape (n,).
        whole: scores with the features, shape (n,); no NaN.
        without: scores without them, one (n,) a draw, at least one.
        clip: probability that scores are kept away from 0 and 1 in the log-loss.

    Returns:
        The loss, or None where a score is missing or a label has fewer than two rows.
    """
    if np.isnan(whole).any() or any(np.isnan(one).any() for one in without):
        return None
    n, even = len(label), np.ones(len(label))
    full, own = rowwise_auc(label, whole, even), log_losses(label, whole, clip)
    others = [rowwise_auc(label, one, even) for one in without]
    known = [one for one in others if one is not None]
    if full is None or len(known) < len(others):
        return None
    aucs = np.array([full.auc - one.auc for one in known])
    influence = full.influence - np.mean([one.influence for one in known], axis=0)
    gained = np.array([log_losses(label, one, clip) - own for one in without])
    mean = gained.mean(axis=0)
    return Loss(
        Estimate(float(aucs.mean()), _error(float((influence**2).sum()), aucs), n),
        Estimate(float(mean.mean()), _error(float(mean.var(ddof=1)) / n, gained.mean(axis=1)), n),
    )


def _error(rows: float, draws: Reals) -> float:
    """Standard error of a mean over draws, each on the same rows: both variances add."""
    between = float(draws.var(ddof=1)) / len(draws) if len(draws) > 1 else 0.0
    return float((rows + between) ** 0.5)


@dataclass(frozen=True, slots=True)
class Draws:
    """How values are dealt out anew.

    Attributes:
        repeats: how often, at least 1.
        seed: of the orders.
        clip: probability that scores are kept away from 0 and 1 in the log-loss.
    """

    repeats: int
    seed: int
    clip: float


def permutation_loss(
    features: Frame, label: Labels, score: Reals, predict: Predict, names: Sequence[str], draws: Draws
) -> Loss | None:
    """Loss when the values of some features are dealt out anew among the rows, all of them in the same order.

    Permutation importance (Breiman 2001; Fisher, Rudin & Dominici 2019). It asks what the model as it is draws from
    them; values that come together with others' are torn from them (Hooker, Mentch & Zhou 2021), so that a feature
    whose twin would stand in for it looks worth more than it is.

    Args:
        features: the rows, n of them.
        label: 0 or 1, shape (n,).
        score: the model's scores of them, shape (n,); no NaN.
        predict: the model.
        names: the features to deal out.
        draws: how often, and with which seed.

    Returns:
        The loss, or None as `paired_loss`.
    """
    return paired_loss(label, score, list(dealt_scores(features, predict, names, draws)), draws.clip)


def dealt_scores(features: Frame, predict: Predict, names: Sequence[str], draws: Draws) -> Reals:
    """Scores of the rows with the values of some features dealt out anew, shape (repeats, n); see `permutation_loss`.

    Args:
        features: the rows, n of them.
        predict: the model.
        names: the features to deal out, all in the same order.
        draws: how often, and with which seed.
    """
    n, rng = len(features), np.random.default_rng(draws.seed)
    orders = np.concatenate([rng.permutation(n) for _ in range(draws.repeats)])
    # All draws are scored in one go: a call costs as much as some thousand rows.
    repeated = features.iloc[np.tile(np.arange(n), draws.repeats)].reset_index(drop=True)
    dealt = predict(repeated.assign(**{name: features[name].to_numpy()[orders] for name in names}))
    return dealt.reshape(draws.repeats, n)

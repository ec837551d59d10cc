"""E-values of one night, and the e-detector that gathers them: alarms with a budget for a whole year.

A stream is the mean of one row score a night. Its null hypothesis: the mean stays within a tolerance of what the
reference leads one to expect. An e-value of a night is a number that is at most 1 on average when that is true; a
stream gathers them night by night, one a scale, and streams are added up by their weights (STATISTICS.md, section 1).
Every function takes leading dimensions (years, say) before the streams S and the scales L.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Bets in standard errors of the night: small ones find small moves in many nights, large ones large moves at once.
SCALES = (0.5, 1.0, 2.0, 4.0)
#: Log-odds by which a share is bet to be above its null.
SHARE_SCALES = (0.1, 0.3, 1.0, 2.0)

#: Gathered evidence stops here (a factor of e^600): far above every threshold, and no sum of it overflows.
_CAP = 600.0
#: Below this argument psi(x) / x^2 is taken at it: it grows with x, so the e-value only gets smaller.
_SMALLEST = 1e-4


def log_e_mean(excess: ArrayLike, rows: ArrayLike, within: ArrayLike, between: ArrayLike, upper: ArrayLike) -> Reals:
    """Log e-values of one night's mean of a bounded row score, one a scale l.

    log e = lam n excess - n within psi(lam upper) / upper^2 - (lam n)^2 between / 2, psi(x) = exp(x) - 1 - x and
    lam = l / sqrt(n within + n^2 between). Rows of a night are independent given the night and at most `upper` above
    their mean (Bennett 1962, JASA 57); the night's own mean is normal around the truth. Its mean over nights with
    E[excess] <= 0 is at most 1. 0 is no evidence; above it speaks against the null, below it for the null.

    Args:
        excess: direction times (mean - expected) minus the tolerance, margin of the reference included, shape (..., S);
            NaN where the night cannot be compared.
        rows: rows of the night in the stream, shape (..., S).
        within: variance of one row about its night's mean, in squared units of the score, shape (..., S).
        between: variance of a night's true mean, same unit, shape (..., S).
        upper: how far a score can lie above its mean in the stream's direction, at least 0, shape (..., S).

    Returns:
        Shape (..., S, L). A stream without rows, or without a finite excess, gives 0: it has not been judged, and the
        caller must say so.

    Raises:
        ValueError: a variance or a range is negative or NaN, or both variances are 0 (a score without any variation
            would alarm at the first row that differs), in a stream that is judged.
    """
    spread = np.broadcast_arrays(
        *(np.asarray(each, dtype=np.float64) for each in (excess, rows, within, between, upper))
    )
    judged = np.isfinite(spread[0]) & (spread[1] > 0)
    _refuse_impossible(judged, *spread[2:])
    # What is not judged gets harmless values here and 0 below.
    moved, n, s2w, s2b, b = (
        np.where(judged, each, other)[..., None] for each, other in zip(spread, (0.0, 1.0, 1.0, 0.0, 0.0), strict=True)
    )
    lam = np.asarray(SCALES) / np.sqrt(n * s2w + n * n * s2b)
    reach = np.maximum(lam * b, _SMALLEST)
    with np.errstate(over="ignore"):
        # A bet that a single row could ruin: psi overflows, and the e-value is 0.
        curvature = (np.expm1(reach) - reach) / reach**2
        log_e = lam * n * moved - np.where(s2w > 0, n * s2w * lam**2 * curvature, 0.0) - (lam * n) ** 2 * s2b / 2
    return np.where(judged[..., None], log_e, 0.0)


def _refuse_impossible(judged: Flags, within: Reals, between: Reals, upper: Reals) -> None:
    possible = (within >= 0) & (between >= 0) & (within + between > 0) & np.isfinite(within + between + upper)
    if (judged & ~(possible & (upper >= 0))).any():
        raise ValueError(
            "expected finite variances of at least 0 with a sum above 0, and a range of at least 0, in every judged "
            "stream; give a score that never varied the variance it has at its tolerance, or no rows"
        )


def log_e_share(counted: ArrayLike, rows: ArrayLike, null_share: ArrayLike) -> Reals:
    """Log e-values of one night's count of rows with a fault, one a scale l: l k - n log(1 + p0 (exp(l) - 1)).

    The likelihood ratio of independent rows whose log-odds are l above those of p0, against p0; its mean is exactly 1
    at a share of p0 and below 1 under it (Wald 1945, Annals of Mathematical Statistics 16).

    Args:
        counted: rows that count, 0 <= counted <= rows, shape (..., S); NaN where they could not be counted.
        rows: rows of the night, shape (..., S).
        null_share: the largest share that is still in order, in [0, 1], shape (..., S).

    Returns:
        Shape (..., S, L); 0 where nothing was counted (no rows, or NaN): not judged, and the caller must say so.

    Raises:
        ValueError: a count or a share is impossible.
    """
    arrays = (np.asarray(each, dtype=np.float64) for each in (counted, rows, null_share))
    k, n, p0 = np.broadcast_arrays(*arrays)
    judged = ~np.isnan(k) & (n > 0)
    if (judged & ~((k >= 0) & (k <= n) & (p0 >= 0) & (p0 <= 1))).any():
        raise ValueError("expected 0 <= counted <= rows and a null share in [0, 1] in every stream with rows")
    scales = np.asarray(SHARE_SCALES)
    k, n, p0 = (np.where(judged, each, 0.0)[..., None] for each in (k, n, p0))
    log_e: Reals = scales * k - n * np.log1p(p0 * np.expm1(scales))
    return log_e


def grow(grown: ArrayLike, log_e: ArrayLike) -> Reals:
    """One night of the Shiryaev-Roberts e-detector: M <- (1 + M) e, kept as log(1 + M).

    M minus the number of nights is a supermartingale under the null, from any start and after any reset to 0, so that
    at most nights / c alarms at a threshold of c are expected (Shin, Ramdas & Rinaldo 2022, *E-detectors*).

    Args:
        grown: log(1 + M) before the night; 0 at the start, shape (..., S, L).
        log_e: log e-values of the night, shape (..., S, L).

    Returns:
        log(1 + M) after it: finite, at least 0.

    Raises:
        ValueError: a NaN, which would hide every later alarm; or `grown` below 0.
    """
    before, night = np.asarray(grown, dtype=np.float64), np.asarray(log_e, dtype=np.float64)
    if np.isnan(night).any() or not (before >= 0).all():
        raise ValueError("expected log e-values that are no NaN and gathered evidence log(1 + M) of at least 0")
    after: Reals = np.minimum(np.logaddexp(0.0, np.minimum(before, _CAP) + night), _CAP)
    return after


def log_stream_evidence(grown: ArrayLike) -> Reals:
    """Log of a stream's evidence, the mean of M over the scales: -inf at the start.

    Args:
        grown: log(1 + M), shape (..., S, L).

    Returns:
        Shape (..., S).
    """
    stored = np.asarray(grown, dtype=np.float64)
    with np.errstate(divide="ignore"):
        # log M = log(exp(grown) - 1), without overflow and exact for the smallest M.
        log_m = stored + np.log(-np.expm1(-stored))
        return _log_sum(log_m) - log(stored.shape[-1])


def _log_sum(terms: Reals) -> Reals:
    """log(sum(exp(terms))) over the last axis; -inf where all are."""
    top = terms.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total: Reals = top[..., 0] + np.log(np.exp(terms - top).sum(axis=-1))
    return total


def log_evidence(grown: ArrayLike, weights: ArrayLike) -> Reals:
    """Log of a bank's evidence: the weighted mean of its streams' evidence, weights made to sum to 1.

    Valid whatever the dependence between streams: a weighted mean of e-detectors is one.

    Args:
        grown: log(1 + M), shape (..., S, L).
        weights: of the streams, at least 0, shape (S,).

    Returns:
        Shape (...,).

    Raises:
        ValueError: a weight is negative or NaN, or they sum to 0.
    """
    share = np.asarray(weights, dtype=np.float64)
    if not (share >= 0).all() or not 0 < share.sum() < np.inf:
        raise ValueError("expected weights of at least 0 that sum to a number above 0")
    with np.errstate(divide="ignore"):
        return _log_sum(log_stream_evidence(grown) + np.log(share / share.sum()))


def log_threshold(nights_a_year: float, budget: float) -> float:
    """Log of the evidence at which a bank alarms: log(nights a year / budget).

    Args:
        nights_a_year: nights that the budget is for.
        budget: false alarms expected at most in so many nights.

    Raises:
        ValueError: either is not above 0.
    """
    if not (0 < nights_a_year < np.inf and 0 < budget < np.inf):
        raise ValueError(f"expected nights and a budget above 0, got {nights_a_year} and {budget}")
    return log(nights_a_year / budget)


def blamed(log_stream: ArrayLike, nights_a_year: float, level: float = 0.1) -> Flags:
    """Streams to name as the cause of an alarm: the e-BH procedure over streams.

    The k streams of most evidence are named for the largest k whose k-th evidence is at least S nights / (level k);
    so the expected share of wrong names stays under `level` over so many nights, under any dependence (Wang & Ramdas
    2022, JRSS B 84; Dandapanthula & Ramdas 2025).

    Args:
        log_stream: log of each stream's evidence, shape (..., S).
        nights_a_year: nights over which the level holds.
        level: share of wrong names that is allowed, in (0, 1).

    Returns:
        Shape (..., S); none named is possible, even when the bank as a whole alarms.
    """
    evidence = np.asarray(log_stream, dtype=np.float64)
    streams = evidence.shape[-1]
    order = np.argsort(-evidence, axis=-1, kind="stable")
    needed = log(streams) + log_threshold(nights_a_year, level) - np.log(np.arange(1, streams + 1))
    enough = np.take_along_axis(evidence, order, axis=-1) >= needed
    # The largest k that reaches its bound carries every stream above it along.
    named = np.flip(np.logical_or.accumulate(np.flip(enough, axis=-1), axis=-1), axis=-1)
    flags = np.zeros(evidence.shape, dtype=np.bool_)
    np.put_along_axis(flags, order, named, axis=-1)
    return flags

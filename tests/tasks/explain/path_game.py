"""The path-dependent game, played out: an oracle that shares no code with what it judges.

Lundberg et al. (2018), Consistent individualized feature attribution for tree ensembles, algorithm 1: a coalition that
knows a feature follows the row at a split on it; one that does not, weighs both sides by the training rows
that went there.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial, isnan
from typing import Any

import numpy as np


def boosting_shapley(model: Any, row: np.ndarray) -> tuple[np.ndarray, float]:
    """Shapley values of one row of a HistGradientBoostingClassifier, by the sum over coalitions; and the base.

    Columns are the model's own: those of `model._preprocess_X`.
    """
    players = range(len(row))
    start = float(np.ravel(model._baseline_prediction)[0])
    followed = [_followed(model, predictor, row) for (predictor,) in model._predictors]
    worth = {
        known: start + sum(_expected(tree, 0, frozenset(known)) for tree in followed)
        for size in range(len(row) + 1)
        for known in combinations(players, size)
    }
    values = np.zeros(len(row))
    for player in players:
        others = [other for other in players if other != player]
        for size in range(len(row)):
            weight = factorial(size) * factorial(len(row) - size - 1) / factorial(len(row))
            for known in combinations(others, size):
                values[player] += weight * (worth[tuple(sorted((*known, player)))] - worth[known])
    return values, worth[()]


def _followed(model: Any, predictor: Any, row: np.ndarray) -> list[tuple]:
    """The nodes in plain numbers: leaf, value, count, feature, children, and the child where the row goes."""
    known_bits, place = model._bin_mapper.make_known_categories_bitsets()
    nodes = []
    for node in predictor.nodes:
        children = int(node["left"]), int(node["right"])
        goes = None
        if not node["is_leaf"]:
            known = known_bits[place[node["feature_idx"]]] if node["is_categorical"] else None
            goes = children[not _goes_left(predictor, node, known, float(row[node["feature_idx"]]))]
        nodes.append((bool(node["is_leaf"]), float(node["value"]), float(node["count"]),
                      int(node["feature_idx"]), children, goes))  # fmt: skip
    return nodes


def _expected(nodes: list[tuple], index: int, known: frozenset[int]) -> float:
    leaf, value, _, feature, children, goes = nodes[index]
    if leaf:
        return value
    if feature in known:
        return _expected(nodes, goes, known)
    covers = [nodes[child][2] for child in children]
    both = [_expected(nodes, child, known) for child in children]
    return (covers[0] * both[0] + covers[1] * both[1]) / sum(covers)


def _goes_left(predictor: Any, node: Any, known: Any, value: float) -> bool:
    if isnan(value):
        return bool(node["missing_go_to_left"])
    if not node["is_categorical"]:
        return bool(value <= node["num_threshold"])
    if _has(predictor.raw_left_cat_bitsets[node["bitset_idx"]], int(value)):
        return True
    return not _has(known, int(value)) and bool(node["missing_go_to_left"])


def _has(bits: Any, code: int) -> bool:
    return bool(int(bits[code // 32]) >> (code % 32) & 1)

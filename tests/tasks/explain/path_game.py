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
    start = float(np.ravel(model._baseline_prediction)[0])
    followed = [_followed(model, predictor, row) for (predictor,) in model._predictors]
    return shapley(
        lambda known: start + sum(_expected(tree, 0, frozenset(known)) for tree in followed), len(row)
    )  # fmt: skip


def forest_shapley(model: Any, row: np.ndarray) -> tuple[np.ndarray, float]:
    """As `boosting_shapley`, of a forest or a single tree; its margin is the probability of label 1."""
    members = [tree.tree_ for tree in getattr(model, "estimators_", [model])]
    followed = [_followed_plainly(tree, row) for tree in members]
    return shapley(
        lambda known: sum(_expected(tree, 0, frozenset(known)) for tree in followed) / len(followed), len(row)
    )


def mixture_shapley(margin: Any, row: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, float]:
    """The interventional game of any model: unknown columns are taken from each background row."""

    def worth(known: tuple[int, ...]) -> float:
        mixed = background.copy()
        mixed[:, list(known)] = row[list(known)]
        return float(margin(mixed).mean())

    return shapley(worth, len(row))


def shapley(worth_of: Any, players: int) -> tuple[np.ndarray, float]:
    """The sum over coalitions (Shapley 1953)."""
    worth = {known: worth_of(known) for size in range(players + 1) for known in combinations(range(players), size)}
    values = np.zeros(players)
    for player in range(players):
        others = [other for other in range(players) if other != player]
        for size in range(players):
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            for known in combinations(others, size):
                values[player] += weight * (worth[tuple(sorted((*known, player)))] - worth[known])
    return values, worth[()]


def _followed_plainly(tree: Any, row: np.ndarray) -> list[tuple]:
    nodes = []
    for i in range(tree.node_count):
        leaf, feature = tree.children_left[i] < 0, int(tree.feature[i])
        children = int(tree.children_left[i]), int(tree.children_right[i])
        goes = None
        if not leaf:
            value = np.float32(row[feature])
            left = bool(tree.missing_go_to_left[i]) if np.isnan(value) else float(value) <= tree.threshold[i]
            goes = children[not left]
        share = tree.value[i, 0, 1] / tree.value[i, 0].sum()
        nodes.append((leaf, float(share), float(tree.weighted_n_node_samples[i]), feature, children, goes))
    return nodes


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

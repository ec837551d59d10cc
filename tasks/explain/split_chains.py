"""Boosted trees with native categories, rewritten with thresholds only: the same game, which `shap` reads right.

`shap` (0.51 to 0.54) reads a categorical split of scikit-learn's histogram boosting as a threshold on the category's
code, which is silently wrong. Here every such split, a set of codes, becomes thresholds on a rank of the codes:

- Codes are ranked so that the set is a run of ranks. On one path from root to leaf a feature needs one ranking; splits
  of different paths get columns of their own, and the attributions of a feature's columns are added up. That is exact:
  the path-dependent game is a sum over leaves, Shapley values are linear, and a leaf's game knows its own path only.
- Where one ranking cannot make every set of a path a run, the split becomes a small tree of thresholds over the runs,
  whose ends are copies of the two sub-trees. The copies of a side share its cover, so that a coalition without the
  feature still weighs the two sides as before, and one with it still ends in the same leaf: the game is unchanged.

Missing values of a category, and codes that training never saw, are one more rank, on the side where the model sends
them.

Source of the game: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
trees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Codes that scikit-learn's bit sets hold; the slot after them stands for missing and unseen values.
_CODES = 256
_MISSING = _CODES


@dataclass(frozen=True, slots=True)
class Ranking:
    """A column of ranks, made from one categorical column.

    Attributes:
        column: position of the categorical column in the model's own matrix.
        ranks: rank of each code, and of missing or unseen values in the last place, shape (257,).
    """

    column: int
    ranks: Reals


@dataclass(slots=True)
class ThresholdTree:
    """One tree in the form that `shap` takes, a list entry a node; leaves have -1 for children and feature."""

    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    default: list[int] = field(default_factory=list)
    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    cover: list[float] = field(default_factory=list)

    def add(self, value: float, cover: float) -> int:
        """Add a leaf; `split` makes it a node."""
        for children in (self.left, self.right, self.default, self.feature):
            children.append(-1)
        self.threshold.append(-1.0)
        self.value.append(value)
        self.cover.append(cover)
        return len(self.value) - 1

    def split(self, node: int, feature: int, threshold: float) -> None:
        """Make a leaf a node: rows with feature <= threshold go left."""
        self.feature[node], self.threshold[node] = feature, threshold

    def join(self, node: int, left: int, right: int, missing_left: bool) -> None:
        """Set a node's children, and where missing values go."""
        self.left[node], self.right[node] = left, right
        self.default[node] = left if missing_left else right

    def as_shap(self) -> dict[str, Any]:
        """The dictionary that `shap.TreeExplainer` reads."""
        return {
            "children_left": np.array(self.left, dtype=np.int32),
            "children_right": np.array(self.right, dtype=np.int32),
            "children_default": np.array(self.default, dtype=np.int32),
            "features": np.array(self.feature, dtype=np.int32),
            "thresholds": np.array(self.threshold, dtype=np.float64),
            "values": np.array(self.value, dtype=np.float64).reshape(-1, 1),
            "node_sample_weight": np.array(self.cover, dtype=np.float64),
        }


@dataclass(frozen=True, slots=True)
class ThresholdModel:
    """A boosted model without categorical splits.

    Attributes:
        trees: its trees, over the columns of `widen`.
        base: margin before the first tree, log-odds.
        columns: number of columns of the model's own matrix.
        rankings: the columns of ranks that follow them.
        known: per categorical column, which codes training saw, shape (256,).
    """

    trees: tuple[ThresholdTree, ...]
    base: float
    columns: int
    rankings: tuple[Ranking, ...]
    known: dict[int, Flags]

    def widen(self, matrix: Reals) -> Reals:
        """The model's own matrix, shape (n, columns), with the columns of ranks appended."""
        slots = {column: _slots(matrix[:, column], known) for column, known in self.known.items()}
        ranks = [ranking.ranks[slots[ranking.column]] for ranking in self.rankings]
        return np.column_stack([matrix, *ranks])

    def owners(self) -> NDArray[np.intp]:
        """Which of the model's own columns each column of `widen` was made from."""
        return np.array([*range(self.columns), *(ranking.column for ranking in self.rankings)], dtype=np.intp)

    def as_shap(self) -> dict[str, Any]:
        """The ensemble that `shap.TreeExplainer` reads."""
        return {
            "trees": [tree.as_shap() for tree in self.trees],
            "base_offset": self.base,
            "tree_output": "log_odds",
            "objective": "binary_crossentropy",
            "input_dtype": np.float64,
            "internal_dtype": np.float64,
        }


def threshold_model(model: HistGradientBoostingClassifier) -> ThresholdModel:
    """Rewrite a fitted binary classifier; without categorical splits its trees stay as they are."""
    known_bits, positions = model._bin_mapper.make_known_categories_bitsets()
    categorical = model._is_categorical_remapped
    columns = np.flatnonzero(categorical) if categorical is not None else np.empty(0, dtype=int)
    known = {int(column): _flags(known_bits[positions[column]]) for column in columns}
    columns_of_ranks: dict[tuple[int, bytes], int] = {}
    width = int(model.n_features_in_)
    trees = tuple(_Rewriting(predictor, known, width, columns_of_ranks).tree() for (predictor,) in model._predictors)
    rankings = tuple(Ranking(column, np.frombuffer(ranks)) for column, ranks in columns_of_ranks)
    base = float(np.ravel(model._baseline_prediction)[0])
    return ThresholdModel(trees, base, width, rankings, known)


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring ranks that a split sends to one side.

    Attributes:
        left: the side.
        end: last rank of the run.
        ranks: which ranks are in it; none for a side that no rank can reach any more, but whose cover still counts.
    """

    left: bool
    end: int
    ranks: Flags


#: A tree of scikit-learn's histogram boosting, which is not typed.
Predictor = Any


class _Rewriting:
    """Rewrites one tree.

    Splits of one feature that lie on one path must share a ranking: each is ranked with the topmost split above it.
    """

    def __init__(
        self,
        predictor: Predictor,
        known: dict[int, Flags],
        columns: int,
        columns_of_ranks: dict[tuple[int, bytes], int],
    ) -> None:
        self._nodes = predictor.nodes
        self._bits = predictor.raw_left_cat_bitsets
        self._known = known
        self._columns = columns
        self._columns_of_ranks = columns_of_ranks
        self._tree = ThresholdTree()
        self._top: dict[int, int] = {}
        self._members: dict[int, list[Flags]] = {}
        self._ranks: dict[int, NDArray[np.intp]] = {}

    def tree(self) -> ThresholdTree:
        """The rewritten tree."""
        self._find_tops(0, {})
        for top, members in self._members.items():
            # Rank slots by their sides, upper splits first: nested sets become runs of ranks.
            _, ranks = np.unique(np.stack(members, axis=1), axis=0, return_inverse=True)
            self._ranks[top] = ranks.reshape(-1)
        self._grow(0, 1.0, {})
        return self._tree

    def _find_tops(self, index: int, above: dict[int, tuple[int, Flags]]) -> None:
        """Walk down; `above` says per categorical column which split is topmost, and which slots can still get here."""
        node = self._nodes[index]
        if node["is_leaf"]:
            return
        reached = [above, above]
        if node["is_categorical"]:
            column, left = int(node["feature_idx"]), self._left(index)
            top, slots = above.get(column, (index, np.ones(len(left), dtype=bool)))
            self._top[index] = top
            # Slots that cannot get here must not tear the runs of other splits apart.
            self._members.setdefault(top, []).append(left & slots)
            reached = [{**above, column: (top, slots & left)}, {**above, column: (top, slots & ~left)}]
        self._find_tops(int(node["left"]), reached[0])
        self._find_tops(int(node["right"]), reached[1])

    def _left(self, index: int) -> Flags:
        """Which slots the split sends left."""
        node = self._nodes[index]
        missing = bool(node["missing_go_to_left"])
        codes = _flags(self._bits[node["bitset_idx"]])
        # As the model predicts: a code of the set goes left, another known one right, and any other like missing.
        return np.append(codes | (~self._known[int(node["feature_idx"])] & missing), missing)

    def _grow(self, index: int, share: float, reach: dict[int, Flags]) -> int:
        """Copy a sub-tree with a share of its cover; `reach` says which ranks can still get here, by topmost split."""
        node = self._nodes[index]
        cover = float(node["count"]) * share
        if node["is_categorical"] and not node["is_leaf"]:
            return self._grow_runs(index, self._runs(index, reach), share, reach)
        new = self._tree.add(float(node["value"]), cover)
        if not node["is_leaf"]:
            self._tree.split(new, int(node["feature_idx"]), float(node["num_threshold"]))
            left = self._grow(int(node["left"]), share, reach)
            right = self._grow(int(node["right"]), share, reach)
            self._tree.join(new, left, right, bool(node["missing_go_to_left"]))
        return new

    def _runs(self, index: int, reach: dict[int, Flags]) -> list[_Run]:
        top = self._top[index]
        ranks = self._ranks[top]
        size = int(ranks.max()) + 1
        left = np.zeros(size, dtype=bool)
        left[ranks] = self._left(index)
        reachable = np.flatnonzero(reach.get(top, np.ones(size, dtype=bool)))
        breaks = np.flatnonzero(np.diff(left[reachable].astype(np.int8))) + 1
        runs = []
        for part in np.split(reachable, breaks) if len(reachable) else []:
            members = np.zeros(size, dtype=bool)
            members[part] = True
            runs.append(_Run(bool(left[part[0]]), int(part[-1]), members))
        absent = [side for side in (True, False) if all(run.left is not side for run in runs)]
        nobody = np.zeros(size, dtype=bool)
        return [*(_Run(side, place - len(absent), nobody) for place, side in enumerate(absent)), *runs]

    def _grow_runs(self, index: int, runs: list[_Run], share: float, reach: dict[int, Flags]) -> int:
        """A balanced tree of thresholds over the runs of a split."""
        sides = [sum(run.left is side for run in runs) for side in (False, True)]
        return self._grow_part(index, runs, (share / max(sides[0], 1), share / max(sides[1], 1)), reach)

    def _grow_part(self, index: int, runs: list[_Run], shares: tuple[float, float], reach: dict[int, Flags]) -> int:
        node = self._nodes[index]
        if len(runs) == 1:
            child = int(node["left"] if runs[0].left else node["right"])
            return self._grow(child, shares[runs[0].left], {**reach, self._top[index]: runs[0].ranks})
        covers = [float(self._nodes[node["left" if run.left else "right"]]["count"]) * shares[run.left] for run in runs]
        new = self._tree.add(float(node["value"]), sum(covers))
        middle = len(runs) // 2
        self._tree.split(new, self._column(index), runs[middle - 1].end + 0.5)
        left = self._grow_part(index, runs[:middle], shares, reach)
        right = self._grow_part(index, runs[middle:], shares, reach)
        self._tree.join(new, left, right, missing_left=True)
        return new

    def _column(self, index: int) -> int:
        """Column of the split's ranking; equal rankings share one."""
        ranks = self._ranks[self._top[index]].astype(np.float64).tobytes()
        key = (int(self._nodes[index]["feature_idx"]), ranks)
        return self._columns + self._columns_of_ranks.setdefault(key, len(self._columns_of_ranks))


def _flags(bits: NDArray[np.uint32]) -> Flags:
    """A set of codes, from scikit-learn's eight words of 32 bits."""
    words = np.ascontiguousarray(bits, dtype="<u4")
    return np.unpackbits(words.view(np.uint8), bitorder="little").astype(bool)


def _slots(codes: Reals, known: Flags) -> NDArray[np.intp]:
    present = np.isfinite(codes) & (codes >= 0) & (codes < _CODES)
    slots = np.where(present, codes, 0).astype(np.intp)
    return np.where(present & known[slots], slots, _MISSING)

"""Attributions of trees: rows a CPU second of the engine, of `shap.TreeExplainer`, and of the prediction itself.

    python tests/benchmarks/bench_attribution.py [--rows N] [--shap-rows N] [--large N]

One process, threads included (`time.process_time`). Prints microseconds of CPU a row for histogram boosting of 200
trees of 31 leaves on 30 columns: `predict_proba`, the engine's path-dependent and interventional values, shap's of both
on fewer rows, and the contributions that LightGBM and XGBoost make of an equally large model where they are installed;
with the largest difference from shap. Then the same for a forest and for gradient boosting; what `--large` rows need at
the peak; and the error of shap and of the engine against the game played out, where a column is a native category.
"""

from __future__ import annotations

import argparse
import importlib
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shap
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tasks.explain.trees import tree_contributions
from tests.tasks.explain.path_game import boosting_shapley

_COLUMNS = 30
_OWNERS = np.arange(_COLUMNS)
_BACKGROUND = 100


def draw(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, ten of which matter, two together; 2% of each are missing."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, _COLUMNS)).astype(np.float32).astype(np.float64)
    signal = matrix[:, :10].sum(axis=1) + matrix[:, 0] * matrix[:, 1] + np.sin(3 * matrix[:, 2]) * matrix[:, 3]
    matrix[rng.random(matrix.shape) < 0.02] = np.nan
    return matrix, (signal + rng.normal(size=rows) > 0).astype(int)


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def line(what: str, seconds: float, rows: int, against: float | None = None, note: str = "") -> float:
    """Print one line; returns microseconds a row."""
    micro = seconds / rows * 1e6
    ratio = "" if against is None else f"{micro / against:8.2f} x predict"
    print(f"  {what:44} {micro:10.2f} µs a row {1e6 / micro:12,.0f} rows a CPU s {ratio} {note}")
    return micro


def by_shap(model: Any, rows: np.ndarray, background: np.ndarray | None) -> tuple[float, np.ndarray]:
    """CPU seconds of shap, without making the explainer, and its values."""
    if background is None:
        explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    else:
        # In double precision shap misses thresholds.
        rows, background = rows.astype(np.float32), background.astype(np.float32)
        explainer = shap.TreeExplainer(model, background, feature_perturbation="interventional")
    seconds, values = cpu(lambda: explainer.shap_values(rows, check_additivity=False))
    return seconds, values[:, :, 1] if values.ndim == 3 else values


def compare(name: str, model: Any, matrix: np.ndarray, shap_rows: int) -> None:
    """The table of one model."""
    print(f"{name}, {len(matrix):,} rows x {_COLUMNS}:")
    model.predict_proba(matrix[:1000])
    predict = line("predict_proba", cpu(lambda: model.predict_proba(matrix))[0], len(matrix))
    for kind, background in (("path-dependent", None), ("interventional, 100 rows", matrix[:_BACKGROUND])):
        first, _ = cpu(lambda background=background: tree_contributions(model, matrix[:1], _OWNERS, 30, background))
        seconds, (values, _) = cpu(
            lambda background=background: tree_contributions(model, matrix, _OWNERS, 30, background)
        )
        ours = line(kind, seconds, len(matrix), predict, f"(tables, once: {first:.2f} s)")
        seconds, theirs = by_shap(model, matrix[:shap_rows], background)
        difference = np.abs(theirs - values[:shap_rows]).max()
        micro = line(f"  shap, {shap_rows:,} rows", seconds, shap_rows, predict, f"largest difference {difference:.1e}")
        print(f"  {'':44} {micro / ours:10.1f} times the rows of shap a CPU second")


def peers(matrix: np.ndarray, labels: np.ndarray, shap_rows: int) -> None:
    """The contributions that other boosting packages make themselves."""
    rows = matrix[:shap_rows]
    for name in ("lightgbm", "xgboost"):
        try:
            package: Any = importlib.import_module(name)
        except ImportError:
            print(f"  {name}: not installed")
            continue
        if name == "lightgbm":
            model = package.LGBMClassifier(n_estimators=200, num_leaves=31, verbose=-1).fit(matrix, labels)
            seconds, _ = cpu(lambda model=model: model.predict(rows, pred_contrib=True))
        else:
            model = package.XGBClassifier(n_estimators=200, max_leaves=31, grow_policy="lossguide").fit(matrix, labels)
            data = package.DMatrix(rows)
            seconds, _ = cpu(lambda model=model, data=data: model.get_booster().predict(data, pred_contribs=True))
        line(f"{name}'s own contributions", seconds, shap_rows)


def categories() -> None:
    """Errors against the sum over coalitions, for native categories."""
    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.integers(0, 12, 3000), rng.integers(0, 30, 3000), rng.normal(size=(3000, 3))])
    effect = rng.normal(size=(2, 30))
    signal = 2 * effect[0, matrix[:, 0].astype(int)] + effect[1, matrix[:, 1].astype(int)] * matrix[:, 2]
    labels = (signal + rng.normal(size=3000) > 0).astype(int)
    model = HistGradientBoostingClassifier(categorical_features=[0, 1], max_iter=30).fit(matrix, labels)
    rows = matrix[:40]
    played = np.array([boosting_shapley(model, row)[0] for row in model._preprocess_X(rows, reset=False)])
    ours, _ = tree_contributions(model, rows, np.arange(5), 5)
    theirs = by_shap(model, rows, None)[1]
    print("Native categories (2 of 5 columns), largest error against the sum over all coalitions:")
    print(f"  engine {np.abs(ours - played).max():.1e}, shap {np.abs(theirs - played).max():.2f}")


def large(model: Any, rows: int) -> None:
    """Memory of many rows."""
    matrix, _ = draw(rows, 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, _ = cpu(lambda: tree_contributions(model, matrix, _OWNERS, _COLUMNS))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{rows:,} rows: {seconds:.1f} CPU s; peak of the process {after / 2**20:.2f} GiB, before {before / 2**20:.2f} "
        f"(the rows and the values are {2 * matrix.nbytes / 2**30:.2f})"
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--shap-rows", type=int, default=300)
    parser.add_argument("--large", type=int, default=1_000_000)
    chosen = parser.parse_args()
    matrix, labels = draw(chosen.rows)
    # Trees grown on noise have deep leaves too: after this everything is compiled.
    noise = np.random.default_rng(2).integers(0, 2, 2000)
    warm = ExtraTreesClassifier(2, random_state=0).fit(np.nan_to_num(matrix[:2000]), noise)
    for background in (None, matrix[:5]):
        seconds, _ = cpu(lambda background=background: tree_contributions(warm, matrix[:9], _OWNERS, 30, background))
        print(f"first use, compiled or read from NUMBA_CACHE_DIR: {seconds:.1f} CPU s")
    model = HistGradientBoostingClassifier(max_iter=200, max_leaf_nodes=31, early_stopping=False).fit(matrix, labels)
    compare("HistGradientBoosting, 200 x 31 leaves", model, matrix, chosen.shap_rows)
    peers(matrix, labels, chosen.shap_rows)
    filled = np.nan_to_num(matrix)
    forest = RandomForestClassifier(100, min_samples_leaf=20, max_leaf_nodes=128, random_state=0)
    compare("RandomForest, 100 x 128 leaves", forest.fit(filled[:20_000], labels[:20_000]), filled, 100)
    boosting = GradientBoostingClassifier(n_estimators=100, random_state=0)
    compare(
        "GradientBoosting, 100 x 8 leaves", boosting.fit(filled[:20_000], labels[:20_000]), filled, chosen.shap_rows
    )
    categories()
    large(model, chosen.large)


if __name__ == "__main__":
    main()

"""Group measures with 200 bootstrap replicates against fairlearn's `MetricFrame(n_boot=200)`.

    python tests/benchmarks/bench_group_metrics.py [--rows N] [--replicates N] [--theirs N] [--repeats N]

Six measures, two attributes (2 and 5 groups) and their intersection, 5% and 95% quantiles. Prints CPU seconds of both
in one process and their ratio: of fairlearn once with the intersection alone (its measures of the two attributes left
out, which is in its favour), ours with all three. Then the largest difference of the measures, and how wide our
intervals are over theirs, which are of other draws.

A replicate of fairlearn takes about 40 s at 1,000,000 rows, so that 200 take two hours: `--theirs 3` gives it three
only. The ratio is then a lower bound, and quantiles of three say nothing of the widths.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import accuracy_score, precision_score

from tasks.stats.group_metrics import GroupMetric, metric, resample, tabulate

_SIZES = (2, 5)
_QUANTILES = [0.05, 0.95]


def base_rate(y_true: Any, y_pred: Any) -> float:
    """Share of label 1."""
    del y_pred
    return float(np.mean(y_true))


THEIRS = {
    GroupMetric.SELECTION: selection_rate,
    GroupMetric.TRUE_POSITIVE: true_positive_rate,
    GroupMetric.FALSE_POSITIVE: false_positive_rate,
    GroupMetric.PREDICTIVE_VALUE: precision_score,
    GroupMetric.ACCURACY: accuracy_score,
    GroupMetric.BASE_RATE: base_rate,
}


def ours(codes: list[Any], label: Any, chosen: Any, replicates: int) -> dict[str, Any]:
    """Measures and quantiles by attribute and intersection."""
    counts = tabulate(codes, _SIZES, label, [chosen])
    drawn = resample(counts, replicates, 0)
    found: dict[str, Any] = {}
    for which in GroupMetric:
        for name, axes in (("sex", (1,)), ("origin", (0,)), ("sex*origin", ()), ("all", (0, 1))):
            of = metric(counts.sum(axis=axes), which)
            spread = metric(drawn.sum(axis=tuple(axis + 1 for axis in axes)), which)
            found[f"{name} {which}"] = (of, np.nanquantile(spread, _QUANTILES, axis=0))
    return found


def main() -> None:
    """Print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--theirs", type=int, default=None, help="replicates of fairlearn, if fewer")
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 2, chosen.rows), rng.choice(5, chosen.rows, p=[0.5, 0.2, 0.15, 0.1, 0.05])]
    truth = rng.beta(2, 3, chosen.rows)
    label = (rng.random(chosen.rows) < truth).astype(np.int8)
    selected = truth + rng.normal(0, 0.1, chosen.rows) >= 0.45
    boot, took = chosen.theirs or chosen.replicates, []
    for _ in range(chosen.repeats):
        start = time.process_time()
        found = ours(codes, label, selected, chosen.replicates)
        took.append(time.process_time() - start)
    mine = float(np.median(took))
    start = time.process_time()
    frame = MetricFrame(
        metrics={str(which): measure for which, measure in THEIRS.items()},
        y_true=label,
        y_pred=selected.astype(np.int8),
        sensitive_features=pd.DataFrame({"sex": codes[0], "origin": codes[1]}),
        n_boot=boot,
        ci_quantiles=_QUANTILES,
        random_state=0,
    )
    low, high = frame.by_group_ci
    theirs = time.process_time() - start
    apart, wider = 0.0, []
    for which in GroupMetric:
        of, (down, up) = found[f"sex*origin {which}"]
        apart = max(apart, float(np.abs(of.ravel() - frame.by_group[str(which)].to_numpy(float)).max()))
        wider.append((up - down).ravel() / (high[str(which)] - low[str(which)]).to_numpy(float))
    print(
        f"{chosen.rows:,} rows: fairlearn ({boot} replicates, intersection alone) {theirs:.1f} s, ours "
        f"({chosen.replicates} replicates, attributes and intersection) {mine:.3f} s, ratio {theirs / mine:,.0f}"
    )
    print(f"measures apart by at most {apart:.1e}; widths of the intervals, ours over theirs: {np.mean(wider):.3f}")


if __name__ == "__main__":
    main()

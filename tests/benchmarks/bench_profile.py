"""The profile of a large batch against one numpy sort of its numeric columns, and the size of a stored profile.

    python tests/benchmarks/bench_profile.py [--rows N] [--repeats N]

Prints CPU seconds of both in one process (the median of the repeats, the first profile with its compilation apart) and
their ratio, with the categorical columns as texts, as texts of which no two rows share an object, as pandas
Categoricals, and with none at all; and where half of the numeric columns are whole numbers with many zeros, which numpy
sorts in half of the time. Then the bytes of one stored profile, and of a reference of 56, with 100 features.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.profile import Profile
from tasks.evidence.profile_file import to_bytes
from tasks.evidence.profiling import make_binning, profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind

_THRESHOLD = 0.15
_NUMERIC = 22


@dataclass(frozen=True)
class Batch:
    """Rows to profile."""

    schema: FeatureSchema
    features: Any
    scores: np.ndarray
    events: Any
    protected: Any
    label: np.ndarray
    attributions: np.ndarray


def draw(rows: int, numeric: int, categorical: int, *, texts: str = "shared", whole: bool = False) -> Batch:
    """Numbers with nulls, categories of 5 to 40 levels, ten groups (with that of all rows).

    `texts` is 'shared' (equal texts are one object), 'own' (each row has its own) or 'codes' (Categoricals). With
    `whole` every second number is a whole one, and a zero in three of ten rows.
    """
    rng = np.random.default_rng(0)

    def category(levels: int, name: str) -> Any:
        drawn = rng.integers(-1, levels, rows)
        column = pd.Series(pd.Categorical.from_codes(drawn, [f"{name} {i}" for i in range(levels)]))
        if texts == "codes":
            return column
        shared = column.astype(object)
        return shared if texts == "shared" else shared.map(lambda text: "".join(list(text)), na_action="ignore")

    columns: dict[str, Any] = {}
    for i in range(numeric):
        values = rng.normal(size=rows)
        if whole and i % 2:
            values = np.round(rng.gamma(2, 10, rows)) * (rng.random(rows) < 0.7)
        values[rng.random(rows) < 0.02] = np.nan
        columns[f"n{i}"] = values
    for i in range(categorical):
        columns[f"c{i}"] = category(5 + 5 * (i % 8), "level")
    kinds = [Kind.NUMERIC] * numeric + [Kind.CATEGORICAL] * categorical
    return Batch(
        FeatureSchema(
            service="s",
            features=tuple(
                Feature(name=n, kind=k, view=f"v{i % 4}") for i, (n, k) in enumerate(zip(columns, kinds, strict=True))
            ),
        ),
        pd.DataFrame(columns),
        rng.beta(1, 8, rows),
        pd.Series(pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 86_400, rows), "s")),
        pd.DataFrame({"sex": category(2, "sex"), "age": category(4, "age"), "origin": category(3, "origin")}),
        rng.choice([0.0, 1.0, np.nan], rows),
        rng.normal(size=(rows, numeric + categorical)),
    )


def profiler(batch: Batch) -> Callable[[], Profile]:
    """What makes the batch's profile, on edges of 20,000 of its rows."""
    n = min(20_000, len(batch.scores))
    binning = make_binning(
        batch.features.iloc[:n], batch.scores[:n], batch.attributions[:n], batch.protected.iloc[:n], batch.schema,
        _THRESHOLD, minimum_group=30,
    )  # fmt: skip
    matured = np.ones(len(batch.scores), dtype=bool)
    propensity = np.where(np.arange(len(batch.scores)) % 10 == 0, 0.05, 1.0)
    return lambda: profile(
        binning, batch.schema, batch.features, batch.scores, batch.events, batch.protected, batch.label,
        batch.attributions, matured=matured, propensity=propensity,
    )  # fmt: skip


def cpu(work: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds."""
    took = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return float(np.median(took))


def main() -> None:
    """Print the ratios, then the sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    for name, categorical, texts, whole in (
        ("8 categorical as texts", 8, "shared", False),
        ("8 categorical as texts, an object a row", 8, "own", False),
        ("8 categorical as Categoricals", 8, "codes", False),
        ("none categorical", 0, "codes", False),
        ("8 categorical as texts, half of the numeric whole", 8, "shared", True),
        ("8 categorical as Categoricals, half of the numeric whole", 8, "codes", True),
    ):
        batch = draw(chosen.rows, _NUMERIC, categorical, texts=texts, whole=whole)
        columns = [batch.features[f"n{i}"].to_numpy() for i in range(_NUMERIC)]
        work = profiler(batch)
        first = cpu(work, 1)
        sort = cpu(lambda columns=columns: [np.sort(column) for column in columns], chosen.repeats)
        ours = cpu(work, chosen.repeats)
        print(
            f"{chosen.rows:,} rows, {_NUMERIC} numeric, {name}: sort {sort:.3f} s, profile {ours:.3f} s "
            f"(first {first:.3f} s), ratio {ours / sort:.2f}"
        )
    wide = profiler(draw(2_000, 75, 25))
    one = wide()
    cells = sum(len(histogram) for histogram in one.histograms)
    print(
        f"100 features ({cells:,} bins), {len(one.binning.groups)} groups, {len(one.binning.score_cuts) + 1} score "
        f"bins, 2,000 rows: one profile {len(to_bytes(one)):,} bytes, 56 in one file "
        f"{len(to_bytes(*[one] * 56)):,} bytes"
    )


if __name__ == "__main__":
    main()

"""Our as-of store against Feast's duckdb store, side by side: same rows, same views, one run.

    python tests/benchmarks/bench_asof_store.py [--entities N] [--rows N] [--per-key N] [--late SHARE] [--only ours]

Prints wall time, CPU time and peak memory of each, each in a process of its own, the ratio, and whether both served
the same values.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

_VIEWS = ("application", "bureau", "accounts")
_FEATURES = 5


def _write(directory: Path, entities: int, rows: int, per_key: int, late: float) -> None:
    rng = np.random.default_rng(0)
    customers, year = rows // per_key, 365 * 86_400 * 1_000_000
    start = int(pd.Timestamp("2024-01-01", tz="UTC").timestamp()) * 1_000_000

    def instants(offsets: np.ndarray) -> pd.Series:
        return pd.Series((start + offsets).view("datetime64[us]")).dt.tz_localize("UTC")

    for view in _VIEWS:
        event = rng.integers(0, year, rows)
        # Most rows are stored within two hours, some only in the next month.
        delay = np.where(
            rng.random(rows) < late, rng.integers(0, year // 12, rows), rng.integers(0, year // 4380, rows)
        )
        pd.DataFrame(
            {
                "customer_id": rng.integers(0, customers, rows),
                "event_timestamp": instants(event),
                "created_timestamp": instants(event + delay),
                **{f"{view}_{i}": rng.normal(size=rows) for i in range(_FEATURES)},
            }
        ).to_parquet(directory / f"{view}.parquet")
    pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, entities),
            "event_timestamp": instants(rng.integers(0, year, entities)),
            "row": np.arange(entities),
        }
    ).to_parquet(directory / "entities.parquet")


def _run(directory: Path, store: str) -> None:
    """Retrieve in this process, and print what it took. Definitions and imports are not counted."""
    from datetime import timedelta

    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast.types import Float64, Int64

    customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
    config = RepoConfig(
        project="bench",
        provider="local",
        registry=str(directory / f"{store}.db"),
        online_store=None,
        offline_store={"type": "duckdb" if store == "duckdb" else "tasks.adapters.asof_store.AsofOfflineStore"},
        entity_key_serialization_version=3,
    )
    features = FeatureStore(repo_path=str(directory), config=config)
    views = [
        FeatureView(
            name=view,
            entities=[customer],
            ttl=timedelta(days=90),
            schema=[Field(name="customer_id", dtype=Int64)]
            + [Field(name=f"{view}_{i}", dtype=Float64) for i in range(_FEATURES)],
            source=FileSource(
                path=str(directory / f"{view}.parquet"),
                timestamp_field="event_timestamp",
                created_timestamp_column="created_timestamp",
            ),
        )
        for view in _VIEWS
    ]
    features.apply([customer, *views])
    entities = pd.read_parquet(directory / "entities.parquet")
    references = [f"{view}:{view}_{i}" for view in _VIEWS for i in range(_FEATURES)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    frame = features.get_historical_features(entities, references, filter_by_created_timestamp=True).to_df()
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    frame.sort_values("row", ignore_index=True).to_parquet(directory / f"{store}_result.parquet")
    took |= {"peak_gb": peak / 1e6, "before_gb": before / 1e6, "rows": len(frame)}
    sys.stdout.write(json.dumps(took) + "\n")


def main() -> None:
    """Write the data, run both, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=400_000)
    parser.add_argument("--rows", type=int, default=800_000, help="rows of each of the three views")
    parser.add_argument("--per-key", type=int, default=60, help="rows of a view for each customer, over one year")
    parser.add_argument("--late", type=float, default=0.1, help="share of the feature rows stored days late")
    parser.add_argument("--only", choices=["ours", "duckdb"])
    parser.add_argument("--run", nargs=2, metavar=("DIRECTORY", "STORE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        _run(Path(chosen.run[0]), chosen.run[1])
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        _write(directory, chosen.entities, chosen.rows, chosen.per_key, chosen.late)
        took = {}
        for store in [chosen.only] if chosen.only else ["ours", "duckdb"]:
            command = [sys.executable, __file__, "--run", name, store]
            took[store] = json.loads(
                subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
            )
            print(store, {key: round(value, 2) for key, value in took[store].items()})
        if not chosen.only:
            ours, theirs = (pd.read_parquet(directory / f"{store}_result.parquet") for store in ("ours", "duckdb"))
            print("same values:", ours.equals(theirs[ours.columns]))
            print(
                "ratio, theirs to ours:",
                {key: round(took["duckdb"][key] / took["ours"][key], 1) for key in took["ours"]},
            )


if __name__ == "__main__":
    main()

"""Projects with many stored nights, written as the flow would have: profiles, bundles, ledger; no model and no rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.case import FeatureLag
from tasks.evidence.claim import Claim, ClaimMetric
from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.night_record import ModelIdentity, NightRecord, ServedView
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.profile_file import to_bytes
from tasks.evidence.profiling import make_binning, profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.evidence.validation import TableValidation, Validation
from tasks.governance.bundle import BundleFile, write_bundle
from tasks.governance.entry import Entry, EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tasks.sources.warehouse import Warehouse
from tests.tasks.report.records import kept_night, model

ROOT = Path(__file__).parents[3]
#: What the cards of the stored nights claim, for the built-in policy holds them to it.
CLAIM = Claim(says="No protected attribute is an input.", metric=ClaimMetric.PROTECTED_INPUTS, at_most=0)
MATURITY, TEST, POOLED = 90, 56, 28
FIRST = date(2025, 1, 1)


@dataclass(frozen=True)
class Portfolio:
    """What nights are drawn from: numbers x0, x1, ..., one category, one protected attribute.

    Attributes:
        rows: rows a night.
        numbers: numeric features.
        wave: standard deviation of a night's own shift of every number.
        trouble: what is done to the numbers of a day's rows, (n, numbers).
    """

    rows: int = 400
    numbers: int = 3
    wave: float = 0.0
    trouble: Callable[[date, Any], Any] = lambda day, numbers: numbers

    @property
    def schema(self) -> FeatureSchema:
        numeric = [Feature(name=f"x{i}", kind=Kind.NUMERIC, view="application") for i in range(self.numbers)]
        job = Feature(name="job", kind=Kind.CATEGORICAL, view="application")
        return FeatureSchema(service="s_v1", features=(*numeric, job))

    def draw(self, day: date, rows: int | None = None) -> dict[str, Any]:
        n, rng = rows or self.rows, np.random.default_rng(day.toordinal())
        numbers = rng.standard_normal((n, self.numbers)) + self.wave * rng.standard_normal(self.numbers)
        margin = numbers[:, 0] - 1.5
        numbers = self.trouble(day, numbers)
        features = pd.DataFrame(numbers, columns=[f"x{i}" for i in range(self.numbers)])
        features["job"] = rng.choice(np.array(["salaried", "retired", "student"], dtype=object), n, p=[0.6, 0.3, 0.1])
        score = 1 / (1 + np.exp(-margin))
        return {
            "features": features,
            "scores": score,
            "event_timestamp": pd.Series(pd.to_datetime([f"{day} 12:00"] * n, utc=True)),
            "protected": pd.DataFrame({"origin": rng.choice(np.array(["A", "B"], dtype=object), n, p=[0.7, 0.3])}),
            "label": (rng.random(n) < score).astype(float),
            "attributions": np.column_stack([numbers - numbers.mean(), rng.standard_normal(n) * 0.1]),
        }


@dataclass(frozen=True)
class Stored:
    """A project and what was written into it.

    Attributes:
        paths: the project.
        champion: the model of all nights.
        nights: the nights.
    """

    paths: Paths
    champion: ModelIdentity
    nights: tuple[date, ...]


def stored_project(root: Path, nights: int, portfolio: Portfolio = Portfolio(), policy: str | None = None) -> Stored:
    """Write a project with that many nights from `FIRST` on, all of them kept."""
    (root / "expectations").mkdir(parents=True)
    shutil.copy(ROOT / "assay.toml", root)
    if policy is None:
        shutil.copy(ROOT / "expectations" / "policy.toml", root / "expectations")
    else:
        (root / "expectations" / "policy.toml").write_text(policy)
    paths = Paths(root)
    days = [FIRST + timedelta(days=i - MATURITY - TEST + 1) for i in range(nights + MATURITY + TEST - 1)]
    champion = model(3, last=FIRST - timedelta(days=MATURITY))
    champion = champion.model_copy(update={"inputs": portfolio.schema, "threshold": 0.3})
    binning = make_binning(
        **{k: v for k, v in portfolio.draw(days[0], 4000).items() if k in ("features", "scores", "attributions")},
        protected=portfolio.draw(days[0], 4000)["protected"], schema=portfolio.schema, threshold=0.3, minimum_group=30,
    )  # fmt: skip
    lag = FeatureLag("application", portfolio.rows, portfolio.rows, 0, 2.0, 2.0 * portfolio.rows)
    ripe = np.ones(portfolio.rows, dtype=bool)
    batches = {
        day: profile(binning, portfolio.schema, **portfolio.draw(day), matured=ripe, lags=(lag,)) for day in days
    }
    warehouse = Warehouse(paths)
    warehouse.write_reference(champion.digest, to_bytes(*(batches[day] for day in days[:TEST])))
    ledger, entries = Ledger(paths.ledger), []
    decided = tuple(FIRST + timedelta(days=i) for i in range(nights))
    for night in decided:
        entries += _night(paths, warehouse, champion, night, batches)
    ledger.append_all(entries)
    return Stored(paths, champion, decided)


def unlabelled(batch: Profile) -> Profile:
    """A batch before anything is known of its outcomes."""
    nothing = Profile.empty(batch.binning)
    names = ("positives", "negatives", "labelled_score_totals", "squared_errors", "score_variances")
    return replace(batch, matured=0, awaited=0.0, explored=0, **{name: getattr(nothing, name) for name in names})


def _night(
    paths: Paths, warehouse: Warehouse, champion: ModelIdentity, night: date, batches: dict[date, Profile]
) -> list[Entry]:
    first = night == FIRST
    newest = night - timedelta(days=MATURITY)
    cohort = () if first else (batches[newest],)
    tonight = unlabelled(batches[night])
    warehouse.write_profile(night, champion.digest, to_bytes(tonight, *cohort))
    labelled = merge_all(tuple(batches[newest - timedelta(days=i)] for i in range(POOLED)))
    rows = TableValidation(table="rows", rows=tonight.rows, valid=tonight.rows, quarantined=0, results=())
    served = ServedView(view="application", rows=tonight.rows, served=tonight.rows, after_event=0, median_hours=2.0)
    run = f"{night.toordinal():08x}"
    record: NightRecord = kept_night().model_copy(
        update={
            "as_of": night, "run": run, "champion": champion, "bootstrap": first, "served": (served,),
            "validation": Validation(tables=(rows,)), "action": Action.KEEP, "exit_code": ExitCode.PASS,
            "claims": (CLAIM,),
        }
    )  # fmt: skip
    files = (BundleFile("labelled.profile", to_bytes(labelled)),)
    digest = write_bundle(paths.bundle(night, run), record, files)
    kinds = (EntryKind.GATE, EntryKind.PROMOTION, EntryKind.NIGHT) if first else (EntryKind.NIGHT,)
    return [_entry(paths, record, kind, digest) for kind in kinds]


def _entry(paths: Paths, record: NightRecord, kind: EntryKind, digest: str) -> Entry:
    assert record.champion is not None
    return Entry(
        kind=kind, project=record.project, as_of=record.as_of, run=record.run,
        action=Action.KEEP if kind is EntryKind.NIGHT else Action.PROMOTE, exit_code=ExitCode.PASS,
        reasons=("All required checks pass.",), model_version=record.champion.version,
        model_digest=record.champion.digest, policy_digest=record.policy_digest,
        settings_digest=record.settings_digest,
        bundle=str(paths.bundle(record.as_of, record.run).relative_to(paths.root)), bundle_digest=digest,
        code_version=record.code_version, trigger=record.trigger,
        recorded_at=datetime.combine(record.as_of, datetime.min.time(), UTC),
    )  # fmt: skip

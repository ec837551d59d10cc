"""Runs, and what they found out, with a real small model and real profiles."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tasks.evidence.decision import Decision, Moment
from tasks.evidence.night_record import ModelIdentity, Window
from tasks.evidence.profiling import make_binning
from tasks.governance.champion import identify
from tasks.governance.entry import Entry, EntryKind
from tasks.governance.night_evidence import Challenge, JudgedNight, NightEvidence
from tasks.models.evaluation import Evaluation
from tasks.models.explaining import ExplainedRows
from tasks.models.profiles import NightProfiles
from tasks.models.serving import FeatureRows, ServedModel
from tasks.models.trained_model import TrainedModel
from tasks.project.paths import Paths
from tasks.project.policy import load_policy
from tasks.project.run import SCHEDULE, Run
from tasks.project.settings import load_settings
from tasks.project.windows import plan
from tests.tasks.checks.portfolios import REFERENCE, case, night
from tests.tasks.explain.samples import frame
from tests.tasks.models.samples import INPUTS, trained
from tests.tasks.report.decisions import gate_decision, night_decision
from tests.tasks.report.records import NIGHT, kept_night, validation

ROOT = Path(__file__).parents[3]
#: The rows that the gate judged the challenger on.
JUDGED_ON = Window(name="test", first=date(2025, 2, 1), last=date(2025, 3, 28), rows=12_000, events=900)

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


def run_of(root: Path, trigger: str = SCHEDULE, as_of: date = NIGHT) -> Run:
    """A run of the built-in project, copied to a directory of its own."""
    if not (root / "assay.toml").exists():
        (root / "expectations").mkdir(parents=True)
        shutil.copy(ROOT / "assay.toml", root)
        shutil.copy(ROOT / "expectations" / "policy.toml", root / "expectations")
    settings = load_settings(root)
    content = (root / "assay.toml").read_bytes()
    windows = plan(settings, as_of, date(2024, 1, 1))
    return Run(Paths(root), settings, content, load_policy(root), as_of, trigger, windows)


@cache
def small_model() -> TrainedModel:
    """A trained model with edges."""
    model, features, _ = trained(rows=1500, model={"parameters": {"max_iter": 5}})
    nobody = pd.DataFrame(index=features.index)
    attributions = np.zeros((1, len(INPUTS.features)))
    score = model.score(features)
    binning = make_binning(features, score, attributions, nobody, INPUTS, model.threshold, minimum_group=30)
    return replace(model, binning=binning)


def served(version: int = 3) -> ServedModel:
    return ServedModel(
        identify(small_model(), "consumer-credit", version, f"{version:x}7f3" * 16, "run"), small_model()
    )


def challenge(decision: Decision | None = None, version: int = 4) -> Challenge:
    return Challenge(served(version), decision or gate_decision(), REFERENCE[:2], JUDGED_ON)


def judged(decision: Decision | None = None, guards: Decision | None = None) -> JudgedNight:
    """Three rows of which one is refused, for one reason."""
    rows = FeatureRows(pd.DataFrame({"row_key": ["a", "b", "c"]}), frame(INPUTS, 3, 0))
    reasons = {f"reason_{place}": ["a low income", "a low income", None] for place in (1, 2, 3)}
    features = {f"reason_feature_{place}": ["n0", "n0", None] for place in (1, 2, 3)}
    explained = ExplainedRows(
        rows,
        np.array([0.9, 0.1, 0.2]),
        np.array([True, False, False]),
        np.zeros((3, len(INPUTS.features))),
        pd.DataFrame(reasons | features),
    )
    return JudgedNight(
        explained,
        NightProfiles(night(100, 1), night(100, 2), night(100, 3), night(100, 4)),
        REFERENCE[:1],
        decision or night_decision(),
        guards,
    )


def kept() -> NightEvidence:
    return NightEvidence(bootstrap=False, validation=validation(), champion=served(), night=judged())


def evaluation(threshold: float) -> Evaluation:
    """A challenger that differs from others by its operating point."""
    model = replace(small_model(), threshold=threshold)
    return Evaluation(model, REFERENCE[:2], REFERENCE[0], JUDGED_ON, case(Moment.GATE), frame(INPUTS, 5, 1))


def promotion(model: ModelIdentity, as_of: date = NIGHT) -> Entry:
    """The ledger's entry of a model that went into service."""
    record = kept_night()
    return Entry(
        kind=EntryKind.PROMOTION, project=record.project, as_of=as_of, run=f"r{model.version}",
        action=gate_decision().action, exit_code=gate_decision().exit_code, reasons=("Better.",),
        model_version=model.version, model_digest=model.digest, policy_digest=record.policy_digest,
        settings_digest=record.settings_digest, bundle=f".assay/bundles/{as_of}-r{model.version}",
        bundle_digest="0" * 64, code_version=record.code_version, trigger=SCHEDULE, recorded_at=NOON,
    )  # fmt: skip

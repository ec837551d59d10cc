"""A small project for the tests of the flows: the built-in portfolio, a tenth of its size, with a policy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: One night and its history: a few thousand rows.
AS_OF = "2024-10-31"

_SETTINGS = """
[project]
name = "small-credit"
title = "A small portfolio for tests"
notice = "Simulated data."
outcome = "default within 90 days"
[source]
kind = "simulated"
rows_per_night = {rows}
{incidents}
[columns]
arrived_timestamp = "arrived_timestamp"
outcome_timestamp = "outcome_timestamp"
entities = ["application_id", "applicant_id"]
protected = ["sex", "age_band", "origin"]
context = ["approval", "propensity"]
[batch]
every = "day"
maturity_days = 90
[features]
service = "credit_default_v1"
[model]
parameters = {{ max_iter = 20, max_leaf_nodes = 7 }}
[training]
train_batches = 90
test_batches = 28
minimum_events = 50
[action]
at_or_above = "refuse"
below = "approve"
favourable = "below"
selection_rate = 0.2
"""

_POLICY = """
[night.data_drift]
role = "advisory"
[night.performance]
role = "required"
on_fail = "{night}"
[night.performance.limits]
auc_minimum = {night_auc}
auc_drop = 0.5
brier_skill_minimum = -1.0
minimum_events = 5
[night.leakage]
role = "required"
on_fail = "halt"
[night.leakage.limits]
auc = 0.99
late_share = 0.0
[retrain.cooldown]
role = "required"
[retrain.cooldown.limits]
days = 0
[gate.performance]
role = "required"
on_fail = "block"
[gate.performance.limits]
auc_minimum = {gate_auc}
auc_drop = 0.5
brier_skill_minimum = -1.0
minimum_events = 5
[gate.leakage]
role = "advisory"
"""

#: They train or score again, which the tests of a flow need not wait for; their own tests and the real projects do.
COSTLY = (
    "ablation", "attribution_agreement", "attribution_regression", "attribution_sanity", "attribution_shift",
    "attribution_stability", "directions", "faithfulness", "label_noise", "paired_metrics", "proxies",
    "reason_stability", "representativeness", "robustness", "slices", "small_changes",
)  # fmt: skip


def small_project(
    directory: Path,
    *,
    rows: int = 120,
    gate_auc: float = 0.5,
    night_auc: float = 0.5,
    night: str = "retrain",
    incidents: str = "",
) -> Path:
    """Make the project.

    Args:
        directory: where; it is made.
        rows: rows a night.
        gate_auc: AUC that a challenger must reach.
        night_auc: AUC that the champion must keep.
        night: what a champion below it asks for.
        incidents: TOML of incidents that are switched on.
    """
    for folder in ("feature_repo", "expectations"):
        shutil.copytree(ROOT / folder, directory / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (directory / "assay.toml").write_text(_SETTINGS.format(rows=rows, incidents=incidents))
    policy = _POLICY.format(gate_auc=gate_auc, night_auc=night_auc, night=night)
    off = "".join(f'[gate.{code}]\nrole = "off"\n' for code in COSTLY)
    (directory / "expectations" / "policy.toml").write_text(policy + off)
    return directory

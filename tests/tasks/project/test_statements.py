"""`governance.toml` is optional, typed, and tells every fault at once; a claim names what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.evidence.claim import ClaimMetric
from tasks.project.errors import ConfigurationError
from tasks.project.statements import Statements, claim_faults, load_statements, parse_statements

ROOT = Path(__file__).parents[3]


@pytest.fixture
def governance(tmp_path: Path) -> Path:
    return tmp_path / "governance.toml"


def faults_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as refused:
        load_statements(path)
    return refused.value.faults


def test_a_missing_file_says_nothing(governance: Path):
    assert load_statements(governance) == Statements()


def test_the_built_in_file_is_read_and_read_again_from_its_bytes():
    path = ROOT / "governance.toml"
    said = load_statements(path)
    assert parse_statements(path.read_bytes()) == said
    assert claim_faults(said, ("sex", "age_band", "origin")) == ()
    assert {claim.metric for claim in said.claims} >= {ClaimMetric.AUC, ClaimMetric.PROTECTED_INPUTS}


def test_every_fault_is_told_at_once(governance: Path):
    governance.write_text(
        'owner = 3\nlanguage = "English"\n'
        '[[claims]]\nsays = "Good."\nmetric = "auk"\nat_least = 0.7\n'
        '[[claims]]\nsays = "Fair."\nmetric = "selection_ratio"\nat_least = 0.8\n'
        '[[claims]]\nsays = "Fine."\nmetric = "auc"\n'
        "[dataset.motivation]\npurpos = 'x'\n"
        '[[manual_tests]]\ntest = "data-3"\n'
    )
    faults = faults_of(governance)
    for place in ("owner: ", "language: ", "claims.0.metric: ", "claims.1: ", "claims.2: ",
                  "dataset.motivation.purpos: ", "manual_tests.0.done_by: "):  # fmt: skip
        assert any(fault.startswith(place) for fault in faults), place


def test_an_unknown_metric_is_told_with_those_that_are_known(governance: Path):
    governance.write_text('[[claims]]\nsays = "Good."\nmetric = "auk"\nat_least = 0.7\n')
    (fault,) = faults_of(governance)
    assert all(f"'{metric}'" in fault for metric in ClaimMetric)
    assert "'auk'" in fault


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ('metric = "auc"', "neither"),
        ('metric = "auc"\nat_least = 0.8\nat_most = 0.7', "not above"),
        ('metric = "auc"\nat_least = 0.8\nby = "sex"', "compares no groups"),
        ('metric = "selection_ratio"\nat_least = 0.8', "expected by"),
    ],
)
def test_a_claim_that_says_nothing_clear_is_refused(governance: Path, claim: str, said: str):
    governance.write_text(f'[[claims]]\nsays = "So."\n{claim}\n')
    (fault,) = faults_of(governance)
    assert said in fault


def test_one_claim_a_metric(governance: Path):
    governance.write_text('[[claims]]\nsays = "So."\nmetric = "auc"\nat_least = 0.7\n' * 2)
    (fault,) = faults_of(governance)
    assert "several of ['auc']" in fault


def test_a_claim_about_an_attribute_that_is_not_declared_lists_those_that_are(governance: Path):
    governance.write_text('[[claims]]\nsays = "So."\nmetric = "selection_ratio"\nby = "gender"\nat_least = 0.8\n')
    (fault,) = claim_faults(load_statements(governance), ("sex", "origin"))
    assert fault.startswith("claims.0.by: expected one of the protected attributes ['sex', 'origin']")

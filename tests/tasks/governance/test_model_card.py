"""The card has its nine sections from the evidence, people's words from their file, and invents nothing."""

import re
from pathlib import Path

import pytest

from tasks.evidence.decision import Action
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.governance.model_card import model_card
from tasks.project.errors import ConfigurationError
from tasks.project.statements import load_statements
from tests.tasks.report.decisions import night_decision
from tests.tasks.report.findings import drift_findings
from tests.tasks.report.hostile import hostile_night
from tests.tasks.report.records import first_night, halted_night, held_night, kept_night, model, retrained_night

SECTIONS = [
    "1. Model details",
    "2. Intended use",
    "3. Factors",
    "4. Metrics",
    "5. Evaluation data",
    "6. Training data",
    "7. Quantitative analyses",
    "8. Ethical considerations",
    "9. Caveats and recommendations",
]


@pytest.fixture
def governance(tmp_path: Path) -> Path:
    return tmp_path / "governance.toml"


@pytest.mark.parametrize("night", [kept_night(), retrained_night(), halted_night(), first_night()])
def test_the_nine_sections_are_there_in_their_order(governance: Path, night):  # noqa: ANN001
    assert re.findall(r"^## (.+)$", model_card(night, load_statements(governance)), re.MULTILINE) == SECTIONS


def test_it_describes_the_challenger_where_there_was_one_else_the_champion(governance: Path):
    assert "\n# Model card: consumer-credit, version 4\n" in model_card(retrained_night(), load_statements(governance))
    assert "\n# Model card: consumer-credit, version 3\n" in model_card(kept_night(), load_statements(governance))


@pytest.mark.parametrize(
    ("night", "standing"),
    [
        (kept_night(), "in service"),
        (retrained_night(), "in service since this run"),
        (retrained_night(Action.BLOCK), "not in service; refused"),
        (first_night(Action.BLOCK), "not in service; refused"),
        (retrained_night(Action.ASK), "not in service; waits for a person's decision"),
    ],
)
def test_it_says_whether_the_model_serves(governance: Path, night, standing: str):  # noqa: ANN001
    assert f"- **Standing**: {standing}\n" in model_card(night, load_statements(governance))


def test_what_nobody_said_is_not_provided(governance: Path):
    card = model_card(kept_night(), load_statements(governance))
    for name in ("Owner", "Contact", "Licence", "Intended use", "Said of factors"):
        assert f"- **{name}**: _not provided_" in card
    assert card.count("\n- _not provided_") == 5


def test_what_people_said_is_in_the_card(governance: Path):
    governance.write_text('owner = "Credit risk, Anna"\nout_of_scope = ["mortgages", "collections"]\n')
    card = model_card(kept_night(), load_statements(governance))
    assert "- **Owner**: Credit risk, Anna" in card
    assert "**Out of scope**\n\n- mortgages\n- collections\n" in card


def test_faults_of_the_file_are_told_together(governance: Path):
    governance.write_text("owner = 3\nowners = 'x'\n")
    with pytest.raises(ConfigurationError, match="2 faults"):
        model_card(kept_night(), load_statements(governance))


def test_evidence_is_in_the_card(governance: Path):
    card = model_card(kept_night(), load_statements(governance))
    assert "| Fairness by group | origin=B | cannot tell | 5.0% | \\[0.0%, 10.0%\\] | 5.0% | 212 |" in card
    assert "| test | 2025-02-05 to 2025-04-01 | 11,760 | 8.5% |" in card
    assert "| calibration | 2024-11-24 to 2025-02-04 | 15,336 | 8.7% |" in card
    assert "- Applicants of origin B are refused 5.0 points more often" in card
    assert "Simulated data: no real person" in card


def test_factors_are_the_groups_of_fairness_and_nothing_else(governance: Path):
    """Subjects of other checks may hold an equals sign as well: a level of a feature, a rate."""
    decision = night_decision()
    findings = [
        *(
            finding.model_copy(update={"subject": f"{finding.subject}: selection rate"})
            for finding in decision.findings
        ),
        drift_findings()[0].model_copy(update={"subject": "purpose=car"}),
    ]
    night = kept_night().model_copy(
        update={"night_decision": decision.model_copy(update={"findings": tuple(findings)})}
    )
    assert "**Groups that were judged apart**: origin=B, sex=female\n" in model_card(night, load_statements(governance))


def test_what_the_guards_could_not_rule_out_is_a_caveat(governance: Path):
    for night in (retrained_night(), held_night()):
        assert "the labels are the model's own work cannot be judged" in model_card(night, load_statements(governance))
    assert "A challenger was judged 9 days ago" in model_card(held_night(), load_statements(governance))


def test_protected_inputs_are_said(governance: Path):
    night = kept_night().model_copy(update={"champion": model(3, protected_inputs=("sex",))})
    card = model_card(night, load_statements(governance))
    assert "**Protected attributes among the inputs**: sex" in card
    assert "The project names protected attributes as inputs" in card


def test_a_run_without_a_model_has_no_card(governance: Path):
    with pytest.raises(ValueError, match="had none to describe"):
        model_card(halted_night().model_copy(update={"champion": None}), load_statements(governance))


def test_no_text_of_the_data_becomes_markup(governance: Path):
    """Tags, table cells, links, headings and lists in a name stay what they are: text."""
    text = "<script>alert(1)</script> | [a](http://x) `c` **b** \n# h\n- l &amp;"
    governance.write_text('owner = "<b>| x\\n\\n# y"\n')
    card = model_card(hostile_night(text), load_statements(governance))
    assert "<script" not in card
    assert "<b>" not in card
    assert not re.search(r"^(# h|- l|# y)", card, re.MULTILINE)
    assert re.findall(r"(?<!\\)\[a(?<!\\)\]", card) == []
    rows = [line for line in card.splitlines() if line.startswith("| &lt;script")]
    assert rows
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {3, 4, 5, 8}


CLAIMED = """
[[claims]]
says = "It ranks | well."
metric = "auc"
at_least = 0.7
[[claims]]
says = "No protected attribute is an input."
metric = "protected_inputs"
at_most = 0
"""


def test_a_claim_stands_beside_what_was_measured_or_says_that_it_was_not(governance: Path):
    governance.write_text(CLAIMED)
    judged = Finding(
        code="card_drift",
        subject="auc",
        outcome=Outcome.FAIL,
        sentence="The card claims.",
        estimate=0.65,
        interval=Interval(low=0.62, high=0.68, level=0.95),
    )
    decision = night_decision().model_copy(update={"findings": (judged, *drift_findings())})
    card = model_card(kept_night().model_copy(update={"night_decision": decision}), load_statements(governance))
    assert re.search(r"^\| It ranks \\\| well\. \| at least 0\.7 \| 0\.65.* \| fails \|$", card, re.MULTILINE)
    assert "| No protected attribute is an input. | at most 0 | – | not judged |" in card


def test_what_is_missing_is_named_at_the_end(governance: Path):
    governance.write_text('owner = "Anna"\nlanguage = "en"\n')
    last = model_card(kept_night(), load_statements(governance)).strip().splitlines()[-1]
    assert last.startswith("**Not provided** in `governance.toml`: `contact`, `licence`, `intended_use`,")
    assert "`owner`" not in last
    assert "`language`" not in last

"""The score counts what the evidence shows, half for what people did, and is as low as its weakest section."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.evidence.decision import CheckVerdict, Decision, Moment, Role
from tasks.evidence.finding import Outcome
from tasks.evidence.night_record import NightRecord
from tasks.governance.ml_facts import FACTS, Recorded
from tasks.governance.ml_test_score import MlTestScore, ScoreInputs, Section, manual_faults, score, score_tests
from tasks.governance.score_words import score_json, score_lines
from tasks.project.policy import load_policy, read_policy
from tasks.project.statements import ManualTest, Statements
from tests.tasks.report.decisions import gate_decision, night_decision
from tests.tasks.report.records import kept_night, retrained_night

ROOT = Path(__file__).parents[3]
CHECKS = {moment: bind(load_policy(ROOT), discover(), moment) for moment in Moment}
#: References of the data file to checks, by moment.
NAMED = {
    moment: [ref.partition(":")[2] for test in score_tests() for ref in test.evidence if ref.startswith(f"{moment}:")]
    for moment in (Moment.NIGHT, Moment.GATE)
}


def judged(decision: Decision, moment: Moment, outcome: Outcome = Outcome.PASS, role: Role = Role.REQUIRED) -> Decision:
    """A decision in which every check that the score asks for has judged."""
    verdicts = tuple(
        CheckVerdict(code=code, title=code, role=role, outcome=outcome, declared=True, consequence=None)
        for code in dict.fromkeys(NAMED[moment])
    )
    return decision.model_copy(update={"verdicts": verdicts})


def night(outcome: Outcome = Outcome.PASS) -> NightRecord:
    return kept_night().model_copy(update={"night_decision": judged(night_decision(), Moment.NIGHT, outcome)})


def gate(outcome: Outcome = Outcome.PASS) -> NightRecord:
    return retrained_night().model_copy(update={"gate_decision": judged(gate_decision(), Moment.GATE, outcome)})


def scored(
    first: NightRecord | None = None,
    second: NightRecord | None = None,
    *,
    checks: dict[Moment, tuple[BoundCheck, ...]] | None = None,
    statements: Statements | None = None,
) -> MlTestScore:
    recorded = Recorded(first or night(), second or gate(), ("sex", "origin"))
    return score(ScoreInputs(recorded, checks or CHECKS, statements or Statements(), None))


def points(of: MlTestScore) -> dict[str, float]:
    return {test.id: test.points for test in of.tests}


def test_there_are_seven_tests_in_each_of_the_four_sections_and_they_name_what_exists():
    assert [test.id for test in score_tests()] == [f"{section}-{i}" for section in Section for i in range(1, 8)]
    for moment, codes in NAMED.items():
        assert set(codes) <= {one.check.code for one in CHECKS[moment]}
    facts = {ref.partition(":")[2] for test in score_tests() for ref in test.evidence if ref.startswith("fact:")}
    assert facts == set(FACTS)


def test_evidence_of_every_kind_earns_the_point_and_the_score_is_the_least_sum():
    found = scored()
    assert all(
        (test.points == 1) == bool(asked.evidence) for test, asked in zip(found.tests, score_tests(), strict=True)
    )
    assert {section: found.sum(section) for section in Section} == {"data": 3, "model": 3, "infra": 3, "monitor": 4}
    assert found.final == 3
    assert "reasonably tested" in found.meaning


def test_a_check_that_fails_was_done_and_one_that_cannot_tell_was_not():
    assert points(scored(gate(Outcome.PASS), gate(Outcome.FAIL)))["data-2"] == 1
    for outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE, Outcome.ERROR):
        unjudged = scored(night(outcome), gate(outcome))
        assert points(unjudged)["data-2"] == points(unjudged)["monitor-7"] == 0
        lacks = next(test.missing for test in unjudged.tests if test.id == "monitor-7")
        assert "night.performance did not judge on 2025-06-30" in lacks


def test_a_policy_that_turns_a_check_off_loses_the_point(tmp_path: Path):
    """The newest record still has it judged; the policy as it is now counts."""
    content = (ROOT / "expectations" / "policy.toml").read_text()
    head, line, rest = content.partition("[gate.fairness]\n")
    assert line
    off = tmp_path / "policy.toml"
    off.write_text(head + line + rest.replace('role = "required"', 'role = "off"', 1))
    checks = {moment: bind(read_policy(off), discover(), moment) for moment in Moment}
    before, after = points(scored()), scored(checks=checks)
    assert before["model-7"] == 1
    assert {name for name, value in before.items() if value != points(after)[name]} == {"model-7"}
    assert "the policy has gate.fairness switched off" in next(t.missing for t in after.tests if t.id == "model-7")


def test_what_people_did_counts_half_and_never_beside_the_whole():
    done = tuple(
        ManualTest(test=test, done_by="Anna", on=date(2026, 5, 4), reference="wiki/tuning")
        for test in ("model-3", "model-7")
    )
    found = scored(statements=Statements(manual_tests=done))
    assert (points(found)["model-3"], points(found)["model-7"]) == (0.5, 1)
    tuned = next(test for test in found.tests if test.id == "model-3")
    assert tuned.evidence == ("done by Anna on 2026-05-04: wiki/tuning",)


def test_a_test_by_hand_that_is_none_of_the_28_lists_them():
    wrong = ManualTest(test="data-8", done_by="Anna", on=date(2026, 5, 4), reference="wiki")
    (fault,) = manual_faults(Statements(manual_tests=(wrong,)))
    assert "expected one of data-1" in fault
    assert "received 'data-8'" in fault


def test_a_project_without_a_night_is_a_research_project():
    nothing = score(ScoreInputs(Recorded(None, None, ("sex",)), CHECKS, Statements(), None))
    assert (nothing.final, nothing.night) == (0, None)
    assert sum(points(nothing).values()) == 0
    assert all(test.missing for test in nothing.tests)
    assert "research" in nothing.meaning


@pytest.mark.parametrize(
    ("fact", "changes"),
    [
        ("validated", {"validation": None}),
        ("explained", {"top_reasons": ()}),
        ("whole_pipeline", {"night_decision": None}),
        ("finite_scores", {"rows": 0}),
    ],
)
def test_a_fact_that_the_record_does_not_show_is_none(fact: str, changes: dict[str, object]):
    shown, hidden = night(), night().model_copy(update=changes)
    assert FACTS[fact](Recorded(shown, gate(), ("sex",)))
    assert not FACTS[fact](Recorded(hidden, gate(), ("sex",)))


def test_protected_attributes_must_be_declared_and_kept_out():
    champion = night().champion
    assert champion is not None
    named = night().model_copy(update={"champion": champion.model_copy(update={"protected_inputs": ("sex",)})})
    fact = FACTS["no_protected_inputs"]
    assert fact(Recorded(night(), None, ("sex",)))
    assert not fact(Recorded(night(), None, ()))
    assert not fact(Recorded(named, None, ("sex",)))


def test_every_test_is_told_in_words_and_as_json():
    import json

    found = scored()
    text = "\n".join(score_lines(found))
    assert all(f" {test.id} " in text for test in found.tests)
    assert text.endswith(f"Score 3, the least of the four: {found.meaning}")
    said = json.loads(score_json(found))
    assert (said["final"], said["night"], len(said["tests"])) == (3, "2025-06-30", 28)
    assert said["sections"] == {"data": 3, "model": 3, "infra": 3, "monitor": 4}


def test_what_people_wrote_cannot_act_in_a_terminal():
    wrote = ManualTest(test="model-3", done_by="\x1b[2J", on=date(2026, 5, 4), reference="wiki")
    assert "\x1b" not in "\n".join(score_lines(scored(statements=Statements(manual_tests=(wrote,)))))

"""JUnit XML: one case a check, red where the gate is, and valid whatever the names hold."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.gate_outcome import GateOutcome
from tasks.report.junit import junit
from tests.tasks.report.gates import APPROVED, HOSTILE, asking, every_outcome, judged


def cases(outcome: GateOutcome) -> dict[str, Element]:
    root = fromstring(junit(outcome).encode())  # noqa: S314  our own document
    return {case.get("name", ""): case for case in root.iter("testcase")}


def result(case: Element) -> str:
    inside = [child.tag for child in case if child.tag != "system-out"]
    return inside[0] if inside else "pass"


def by_code(outcome: GateOutcome) -> dict[str, str]:
    return {name.rpartition("(")[2].rstrip(")"): result(case) for name, case in cases(outcome).items()}


def test_each_outcome_of_each_role_has_its_result():
    assert by_code(judged()) == {
        "required_pass": "pass",
        "required_fail": "failure",
        "required_inconclusive": "error",
        "required_not_applicable": "error",
        "required_error": "error",
        "advisory_pass": "pass",
        "advisory_fail": "pass",
        "advisory_inconclusive": "pass",
        "advisory_not_applicable": "skipped",
        "advisory_error": "pass",
        "off": "skipped",
        "excused": "skipped",
        "decision": "failure",
    }


def test_the_counts_of_a_suite_are_those_of_its_cases():
    root = fromstring(junit(judged()).encode())  # noqa: S314  our own document
    for suite in root:
        results = [result(case) for case in suite]
        counted = [int(suite.get(key, "")) for key in ("tests", "failures", "errors", "skipped")]
        assert counted == [len(results), *(results.count(kind) for kind in ("failure", "error", "skipped"))]


def test_what_an_advisory_check_found_is_told_and_no_failure():
    case = next(case for name, case in cases(judged()).items() if "advisory_fail" in name)
    assert "What advisory_fail says" in (case.findtext("system-out") or "")


@pytest.mark.parametrize(
    ("action", "code", "expected"),
    [
        (Action.PROMOTE, ExitCode.PASS, "pass"),
        (Action.KEEP, ExitCode.PASS, "pass"),
        (Action.KEEP, ExitCode.CANNOT_TELL, "error"),
        (Action.BLOCK, ExitCode.BLOCKED, "failure"),
        (Action.ASK, ExitCode.ASKS, "error"),
        (Action.HALT, ExitCode.HALTED, "error"),
    ],
)
def test_the_decision_is_green_only_where_its_exit_code_is_0(action: Action, code: ExitCode, expected: str):
    decision = every_outcome().model_copy(update={"action": action, "exit_code": code})
    assert result(cases(judged(decision))["decision"]) == expected


def test_a_question_that_was_approved_is_green_and_one_that_was_rejected_red():
    rejected = APPROVED.model_copy(update={"answer": "rejected", "version": None})
    assert result(cases(judged(asking(), answer=APPROVED))["decision"]) == "pass"
    assert result(cases(judged(asking(), answer=rejected))["decision"]) == "failure"


def test_without_a_gate_there_is_the_decision_alone_and_without_a_judgement_it_is_skipped():
    outcome = judged()
    assert outcome.record is not None
    halted = outcome.record.model_copy(
        update={"gate_decision": None, "action": Action.HALT, "exit_code": ExitCode.HALTED}
    )
    assert {name: result(case) for name, case in cases(GateOutcome("enabled", halted)).items()} == {"decision": "error"}
    off = GateOutcome("disabled", note="The gate is disabled.")
    assert {name: result(case) for name, case in cases(off).items()} == {"decision": "skipped"}


def test_hostile_names_are_text():
    document = junit(judged(every_outcome(HOSTILE)))
    assert "<script>" not in document
    assert "\x1b" not in document
    names = [name for name in cases(judged(every_outcome(HOSTILE))) if "script" in name]
    assert len(names) == 10
    assert all("]]><script>alert('x')</script>" in name for name in names)


@given(st.text(st.characters(codec=None)))
def test_any_text_at_all_makes_valid_xml_that_can_be_written(text: str):
    assert len(cases(judged(every_outcome(text)))) == 13

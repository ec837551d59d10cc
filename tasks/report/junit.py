"""JUnit XML of a gate: one test case a check, for what CI systems show beside their other tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tasks.evidence.decision import Action, CheckVerdict, Decision, Role
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.gate_outcome import GateOutcome
from tasks.evidence.night_record import NightRecord
from tasks.report.answers import answer_sentence
from tasks.report.plain import plain
from tasks.report.words import ASKS_FOR, OUTCOME_WORDS, headline, role_words

#: What XML 1.0 cannot hold at all, even escaped.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")

#: Attributes of a suite, and the results that they count.
_COUNTED = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))

#: At most so many findings are told of one check; the page has them all.
_TOLD = 20


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case: `result` is failure, error or skipped, or empty where it passes."""

    name: str
    result: str
    message: str
    text: str


def junit(outcome: GateOutcome) -> str:
    """The document.

    A required check that fails is a failure; one that cannot tell, could not run, or does not apply and therefore asks
    a person is an error; what does not apply or is off is skipped. What an advisory check finds, and that a
    challenger is no better, which keeps the champion and stops nothing, is in `system-out`. The last case is the
    decision itself, so that the file is green only where the gate is. A dry run has the same cases: what they say is
    what would have been.

    Args:
        outcome: of the gate; where nothing was judged the one case is skipped.

    Returns:
        XML 1.0 in UTF-8; whatever comes from data is text.
    """
    root = Element("testsuites", name="assay gate")
    if outcome.record is None:
        _suite(root, "assay.gate", [_Case("decision", "skipped", outcome.note, "")])
    else:
        gate = outcome.record.gate_decision
        _suite(root, "assay.gate", [_check(verdict, gate) for verdict in gate.verdicts] if gate else [])
        _suite(root, "assay.decision", [_decision(outcome, outcome.record)])
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, name: str, cases: list[_Case]) -> None:
    counts = {key: str(sum(case.result == kind for case in cases)) for key, kind in _COUNTED}
    suite = SubElement(root, "testsuite", {"name": name, "tests": str(len(cases)), **counts})
    for case in cases:
        element = SubElement(suite, "testcase", classname=name, name=_text(case.name), time="0")
        if case.result == "skipped":
            SubElement(element, "skipped", message=_text(case.message))
        elif case.result:
            told = SubElement(element, case.result, message=_text(case.message), type=case.result)
            told.text = _text(case.text)
        elif case.text:
            SubElement(element, "system-out").text = _text(case.text)


def _check(verdict: CheckVerdict, decision: Decision) -> _Case:
    own = [finding for finding in decision.findings if finding.code == verdict.code]
    words = f"{OUTCOME_WORDS[verdict.outcome]}, {role_words(verdict)}"
    asked = f"; {ASKS_FOR[verdict.consequence]}" if verdict.consequence else ""
    text = _told(own, verdict.outcome if verdict.consequence else None)
    return _Case(f"{verdict.title} ({verdict.code})", _result(verdict), f"{words}{asked}", f"{words}{asked}\n{text}")


def _result(verdict: CheckVerdict) -> str:
    if verdict.consequence is Action.KEEP and verdict.outcome is Outcome.FAIL:
        return ""  # No better than the champion: that stays, and the command ends with 0.
    if verdict.consequence is not None:
        return "failure" if verdict.outcome is Outcome.FAIL else "error"
    skipped = verdict.outcome is Outcome.NOT_APPLICABLE or verdict.role is Role.OFF
    return "skipped" if skipped else ""


def _told(findings: list[Finding], only: Outcome | None) -> str:
    chosen = [finding for finding in findings if only is None or finding.outcome is only]
    rest = len(chosen) - _TOLD
    lines = [f"{OUTCOME_WORDS[one.outcome]}: {one.subject}: {one.sentence}" for one in chosen[:_TOLD]]
    return "\n".join([plain(line) for line in lines] + ([f"{rest} more are on the page."] if rest > 0 else []))


def _decision(outcome: GateOutcome, record: NightRecord) -> _Case:
    said = headline(record, outcome.answer)
    text = _lines([said.sentence, *record.reasons, *(record.gate_decision.remedies if record.gate_decision else ())])
    if outcome.answer is not None:
        passes = not int(outcome.exit_code)
        return _Case("decision", "" if passes else "failure", answer_sentence(outcome.answer), text)
    stopped = "failure" if record.action is Action.BLOCK else "error"
    return _Case("decision", stopped if record.exit_code else "", said.word, text)


def _lines(sentences: Iterable[str]) -> str:
    return "\n".join(plain(sentence) for sentence in sentences)


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)

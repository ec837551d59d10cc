"""The ML Test Score (Breck et al. 2017): which of the 28 tests are done for a project, from evidence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import Field

from tasks.decide.binding import BoundCheck
from tasks.evidence.decision import CheckVerdict, Decision, Moment, Role
from tasks.evidence.finding import Outcome
from tasks.evidence.night_record import NightRecord
from tasks.evidence.record import Record
from tasks.governance.entry import EntryKind, Sealed
from tasks.governance.ml_facts import FACTS, Recorded
from tasks.project.statements import ManualTest, Statements


class Section(StrEnum):
    """The four sections of the paper."""

    DATA = "data"
    MODEL = "model"
    INFRA = "infra"
    MONITOR = "monitor"


#: Points of a test: not done, done by hand and written up, automated and run.
NOT_DONE, BY_HAND, AUTOMATED = 0.0, 0.5, 1.0
#: Outcomes with which a check has judged, whichever way.
_JUDGED = (Outcome.PASS, Outcome.FAIL)
#: From above each sum on, up to the next, what the paper says of it, in our words.
_MEANINGS = (
    (5.0, "exceptional: automated testing and monitoring throughout"),
    (3.0, "strong: fit for what matters"),
    (2.0, "reasonably tested, and more can be automated"),
    (1.0, "a first pass at what a product needs"),
    (0.0, "not wholly untested, with serious gaps likely"),
)


class ScoreTest(Record):
    """One of the 28 tests.

    Attributes:
        id: section and number ('data-1').
        title: what is asked, in our own words.
        evidence: what earns the point, all of it: 'night:CODE', 'gate:CODE', 'fact:NAME'; none where only people can.
        by_hand: what earns half a point: 'ledger:KIND'.
        lacks: what is missing where nothing earns it.
    """

    id: str = Field(pattern="^(data|model|infra|monitor)-[1-7]$")
    title: str
    evidence: tuple[str, ...]
    by_hand: tuple[str, ...] = ()
    lacks: str


@dataclass(frozen=True, slots=True)
class ScoredTest:
    """A test with its points.

    Attributes:
        id: section and number.
        section: its section.
        title: what is asked.
        points: 0, 0.5 or 1.
        evidence: what earned them, a sentence each; empty where nothing did.
        missing: why it has no point, or only half; empty where it has the whole.
    """

    id: str
    section: Section
    title: str
    points: float
    evidence: tuple[str, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class MlTestScore:
    """The score.

    Attributes:
        night: the night that it rests on; None when none was decided.
        tests: the 28, in the order of the paper.
    """

    night: date | None
    tests: tuple[ScoredTest, ...]

    def sum(self, section: Section) -> float:
        """Points of a section, 0 to 7."""
        return sum(test.points for test in self.tests if test.section is section)

    @property
    def final(self) -> float:
        """The least of the four sums: a chain is as strong as its weakest link."""
        return min(self.sum(section) for section in Section)

    @property
    def meaning(self) -> str:
        """What the score says, after the paper."""
        for above, meaning in _MEANINGS:
            if self.final > above:
                return meaning
        return "more a research project than a product"


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """What a score rests on.

    Attributes:
        recorded: the newest records.
        checks: the checks under the policy as it is now, by moment.
        statements: what people said.
        signed: the newest signature on the champion; None when nobody signed for it.
    """

    recorded: Recorded
    checks: Mapping[Moment, Sequence[BoundCheck]]
    statements: Statements
    signed: Sealed | None


@cache
def score_tests() -> tuple[ScoreTest, ...]:
    """The 28 tests, from their data file."""
    content = (files("tasks.governance") / "ml_test_score.toml").read_text(encoding="utf-8")
    return tuple(ScoreTest.model_validate(row) for row in tomllib.loads(content)["tests"])


def manual_faults(statements: Statements) -> tuple[str, ...]:
    """Tests by hand that are none of the 28."""
    known = [test.id for test in score_tests()]
    return tuple(
        f"manual_tests.{place}.test: expected one of {', '.join(known)}, received '{manual.test}'"
        for place, manual in enumerate(statements.manual_tests)
        if manual.test not in known
    )


def score(inputs: ScoreInputs) -> MlTestScore:
    """Score a project.

    A test has 1 when all of its evidence is there: checks are switched on by the policy as it is now, and judged in the
    newest record (passing or failing: the score asks whether a test is done); 0.5 when a person did it and says where
    it is written up; else 0. A check that could not tell did not test. The score is the least of the sums of the four
    sections; 0 is a research project, 7 would be every test of every section automated.

    Args:
        inputs: what it rests on.

    Source: Breck, Cai, Nielsen, Salib & Sculley, The ML Test Score, IEEE Big Data 2017.
    """
    manual = {one.test: one for one in inputs.statements.manual_tests}
    tests = tuple(_scored(test, manual.get(test.id), inputs) for test in score_tests())
    night = inputs.recorded.night
    return MlTestScore(night.as_of if night else None, tests)


def _scored(test: ScoreTest, manual: ManualTest | None, inputs: ScoreInputs) -> ScoredTest:
    section = Section(test.id.partition("-")[0])
    held = [_held(reference, inputs) for reference in test.evidence]
    missing = [why for there, why in held if not there]
    if held and not missing:
        return ScoredTest(test.id, section, test.title, AUTOMATED, tuple(what for _, what in held), "")
    why = "; ".join(missing) or test.lacks
    by_hand = [_signed(inputs.signed)] if test.by_hand and inputs.signed else []
    if manual is not None:
        by_hand.append(f"done by {manual.done_by} on {manual.on}: {manual.reference}")
    return ScoredTest(test.id, section, test.title, BY_HAND if by_hand else NOT_DONE, tuple(by_hand), why)


def _held(reference: str, inputs: ScoreInputs) -> tuple[bool, str]:
    """Whether a piece of evidence is there, and what it is, or why it is not."""
    kind, _, name = reference.partition(":")
    if kind == "fact":
        said = FACTS[name](inputs.recorded)
        return bool(said), said or f"no record shows it ({name.replace('_', ' ')})"
    moment = Moment(kind)
    bound = next((one for one in inputs.checks[moment] if one.check.code == name), None)
    if bound is None or bound.role is Role.OFF:
        return False, f"the policy has {moment}.{name} switched off"
    record, decision = _decision(moment, inputs.recorded)
    verdict = _verdict(decision, name)
    if record is None or verdict is None:
        return False, f"{moment}.{name} has not been run yet"
    if verdict.outcome not in _JUDGED:
        return False, f"{moment}.{name} did not judge on {record.as_of}: {verdict.outcome.replace('_', ' ')}"
    done = "passes" if verdict.outcome is Outcome.PASS else "fails"
    return True, f"{moment}.{name} ({verdict.role}) {done} on {record.as_of}"


def _decision(moment: Moment, recorded: Recorded) -> tuple[NightRecord | None, Decision | None]:
    record = recorded.gate if moment is Moment.GATE else recorded.night
    if record is None:
        return None, None
    return record, record.gate_decision if moment is Moment.GATE else record.night_decision


def _verdict(decision: Decision | None, code: str) -> CheckVerdict | None:
    verdicts = decision.verdicts if decision else ()
    return next((verdict for verdict in verdicts if verdict.code == code and verdict.role is not Role.OFF), None)


def _signed(sealed: Sealed | None) -> str:
    entry = sealed.entry if sealed else None
    if sealed is None or entry is None or entry.kind is not EntryKind.SIGN_OFF:
        raise ValueError("expected a signature of the ledger")
    return f"version {entry.model_version} is signed by {entry.by}, entry {sealed.sequence} of the ledger"

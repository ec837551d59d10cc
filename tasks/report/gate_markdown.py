"""Markdown of a gate: for a step summary, or for a comment on a pull request. Short; the page has everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tasks.evidence.decision import CheckVerdict, Decision
from tasks.evidence.finding import WORST_FIRST
from tasks.evidence.gate_outcome import GateOutcome
from tasks.evidence.night_record import NightRecord
from tasks.project.paths import Paths
from tasks.report.figures import day
from tasks.report.markdown import markdown_environment
from tasks.report.plain import plain, shorten
from tasks.report.words import OUTCOME_WORDS, SIGNS, headline, role_words

#: At most so many sentences of each list, and so many characters of each: a comment is read in a minute.
_SENTENCES, _CHARACTERS = 8, 400


@dataclass(frozen=True, slots=True)
class Row:
    """A check in the table."""

    sign: str
    title: str
    outcome: str
    role: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the template lays out."""

    word: str
    title: str
    sentence: str
    then: str
    compared: str
    rows_used: str
    why: tuple[str, ...]
    checks: tuple[Row, ...]
    remedies: tuple[str, ...]
    run: str
    bundle: str


def gate_markdown(project: Path, outcome: GateOutcome) -> str:
    """The document.

    Args:
        project: the project directory.
        outcome: of the gate.

    Returns:
        Markdown; whatever comes from data is text: no markup, no HTML, and nobody is mentioned.
    """
    record = outcome.record
    template = markdown_environment().get_template("gate.md")
    return template.render(outcome=outcome, said=_summary(project, outcome, record) if record else None)


def _summary(project: Path, outcome: GateOutcome, record: NightRecord) -> Summary:
    said, gate = headline(record, outcome.answer), record.gate_decision
    paths = Paths(project.resolve())
    return Summary(
        word=said.word,
        title=_quiet(f"{record.title}, night of {day(record.as_of)}"),
        sentence=_quiet(said.sentence),
        then=_quiet(said.next),
        compared=_compared(record),
        rows_used=_rows(record),
        why=_shortened(record.reasons),
        checks=tuple(_row(verdict) for verdict in _ordered(gate)) if gate else (),
        remedies=_shortened(gate.remedies) if gate else (),
        run=record.run,
        bundle=str(paths.bundle(record.as_of, record.run).relative_to(paths.root)),
    )


def _ordered(gate: Decision) -> list[CheckVerdict]:
    return sorted(gate.verdicts, key=lambda one: (one.consequence is None, WORST_FIRST.index(one.outcome)))


def _row(verdict: CheckVerdict) -> Row:
    outcome = OUTCOME_WORDS[verdict.outcome]
    return Row(SIGNS[verdict.outcome], _quiet(verdict.title), outcome, role_words(verdict))


def _compared(record: NightRecord) -> str:
    new = f"version {record.challenger.version}" if record.challenger else "the challenger"
    other = None if record.bootstrap else record.champion
    return f"{new} against version {other.version}" if other else f"{new}; nothing serves yet"


def _rows(record: NightRecord) -> str:
    rows = record.judged_on
    if rows is None:
        return "no out-of-time rows"
    return f"{rows.rows:,} out-of-time rows of {rows.first} to {rows.last}, {rows.events:,} with label 1"


def _shortened(sentences: tuple[str, ...]) -> tuple[str, ...]:
    shown = tuple(shorten(_quiet(sentence), _CHARACTERS) for sentence in sentences[:_SENTENCES])
    rest = len(sentences) - len(shown)
    return (*shown, f"{rest} more are on the page.") if rest > 0 else shown


def _quiet(text: str) -> str:
    """On one line, and without mentions: a name that comes from data must call nobody to a pull request."""
    return plain(text).replace("@", "@\u200b")

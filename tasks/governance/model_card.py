"""The model card: the nine sections of Mitchell et al. (2019), made from the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.decision import Action, Decision
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.governance.card_metadata import front_matter
from tasks.project.statements import Statements
from tasks.report.answers import let_in_words, override_sentence
from tasks.report.figures import bracket, count, figure, unit_words
from tasks.report.lineage import window_table
from tasks.report.markdown import markdown_environment
from tasks.report.tables import Fact
from tasks.report.words import OUTCOME_WORDS, headline, in_service, role_words

#: Outcomes that are no caveat.
_QUIET = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_EVALUATION = "test"

#: What people are asked to say, by its key in `governance.toml`, in the order of the card.
_SAID = (
    "owner", "contact", "licence", "language", "intended_use", "intended_users", "out_of_scope", "factors", "claims",
    "ethical_considerations", "caveats", "recommendations",
)  # fmt: skip

#: Checks whose subjects are groups of people.
_BY_GROUP = frozenset({"fairness", "fairness_drift"})


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check in the card's table."""

    title: str
    role: str
    outcome: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in the card's table."""

    check: str
    subject: str
    outcome: str
    measured: str
    interval: str
    limit: str
    rows: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim in the card's table.

    Attributes:
        says: the claim in words.
        bound: in figures.
        measured: what this run measured.
        outcome: whether it agrees.
    """

    says: str
    bound: str
    measured: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Card:
    """What the template lays out beside the record and the statements."""

    word: str
    sentence: str
    standing: str
    let_in: str
    override: str
    threshold: str
    groups: tuple[str, ...]
    checks: tuple[CheckRow, ...]
    evaluation: str
    evaluation_windows: tuple[tuple[str, ...], ...]
    training_windows: tuple[tuple[str, ...], ...]
    views: tuple[Fact, ...]
    claims: tuple[ClaimRow, ...]
    findings: tuple[FindingRow, ...]
    caveats: tuple[str, ...]
    missing: tuple[str, ...]


def model_card(record: NightRecord, statements: Statements) -> str:
    """Write the card of the model that a run was about: the challenger where there was one, else the champion.

    Args:
        record: the run.
        statements: the project's `governance.toml`.

    Returns:
        Markdown under metadata in YAML; whatever comes from data or from people is shown as text, never as markup.

    Raises:
        ValueError: the run had no model.

    Source: Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
    """
    model = record.challenger or record.champion
    if model is None:
        raise ValueError(f"expected a run with a model, but run {record.run} of {record.as_of} had none to describe")
    decision = record.gate_decision if record.challenger is not None else record.night_decision
    template = markdown_environment().get_template("model_card.md")
    text = template.render(
        record=record, model=model, card=_card(record, model, decision, statements), statements=statements
    )
    return f"{front_matter(record, model, decision, statements)}\n{text}"


def _card(record: NightRecord, model: ModelIdentity, decision: Decision | None, statements: Statements) -> Card:
    said = headline(record)
    let_in = record.let_in if model == record.champion else None
    findings = _ordered(decision)
    titles = {verdict.code: verdict.title for verdict in decision.verdicts} if decision else {}
    windows = window_table(model).rows
    features = model.inputs.features
    return Card(
        word=said.word,
        sentence=said.sentence,
        standing=_standing(record, model),
        let_in=let_in_words(let_in) if let_in else "",
        override=override_sentence(let_in),
        threshold=figure(model.threshold, ""),
        groups=_groups(findings),
        checks=tuple(
            CheckRow(verdict.title, role_words(verdict), OUTCOME_WORDS[verdict.outcome])
            for verdict in (decision.verdicts if decision else ())
        ),
        evaluation=_evaluation(record),
        evaluation_windows=tuple(row for row in windows if row[0] == _EVALUATION),
        training_windows=tuple(row for row in windows if row[0] != _EVALUATION),
        views=tuple(Fact(view, ", ".join(f.name for f in features if f.view == view)) for view in model.inputs.views),
        claims=_claims(statements, findings),
        findings=tuple(_row(finding, titles) for finding in findings),
        missing=tuple(name for name in _SAID if not getattr(statements, name)),
        caveats=tuple(f.sentence for f in (*findings, *_ordered(record.guard_decision)) if f.outcome not in _QUIET),
    )


def _claims(statements: Statements, findings: list[Finding]) -> tuple[ClaimRow, ...]:
    """What the card claims, beside what the check of the claims measured; a run that did not judge them says so."""
    judged = {finding.subject: finding for finding in findings if finding.code == "card_drift"}
    rows = []
    for claim in statements.claims:
        own = judged.get(claim.subject)
        measured = figure(own.estimate, "") if own else "–"
        span = f"{measured} {bracket(own.interval, '')}".strip() if own and own.interval else measured
        rows.append(ClaimRow(claim.says, claim.bound, span, OUTCOME_WORDS[own.outcome] if own else "not judged"))
    return tuple(rows)


def _groups(findings: list[Finding]) -> tuple[str, ...]:
    """Groups that fairness was judged for: the subject of such a finding is 'origin=B: selection rate'."""
    subjects = [finding.subject for finding in findings if finding.code in _BY_GROUP]
    groups = (subject.rpartition(": ")[0] or subject for subject in subjects)
    return tuple(dict.fromkeys(group for group in groups if "=" in group))


def _ordered(decision: Decision | None) -> list[Finding]:
    findings = decision.findings if decision else ()
    return sorted(findings, key=lambda finding: WORST_FIRST.index(finding.outcome))


def _row(finding: Finding, titles: dict[str, str]) -> FindingRow:
    return FindingRow(
        check=titles.get(finding.code, finding.code),
        subject=finding.subject,
        outcome=OUTCOME_WORDS[finding.outcome],
        measured=f"{figure(finding.estimate, finding.unit)} {unit_words(finding)}".strip(),
        interval=bracket(finding.interval, finding.unit) or "–",
        limit=figure(finding.limit, finding.unit),
        rows=count(finding.n) if finding.n else "–",
    )


def _standing(record: NightRecord, model: ModelIdentity) -> str:
    serving = in_service(record)
    if serving is not None and serving.version == model.version:
        return "in service since this run" if model == record.challenger else "in service"
    if record.gate_decision is not None and record.gate_decision.action is Action.ASK:
        return "not in service; waits for a person's decision"
    return "not in service; refused"


def _evaluation(record: NightRecord) -> str:
    if record.challenger is not None:
        return "The newest rows with a matured label: later in time than every row it was trained or calibrated on."
    return (
        f"When it was trained: the window below. In this run: the rows of {record.first_day} to {record.last_day}, "
        "and the newest rows whose labels have matured; none of them was used to train it."
    )

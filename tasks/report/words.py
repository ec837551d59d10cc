"""Words: what an outcome and a decision are called before a reader who knows no statistics."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.answer import Answered
from tasks.evidence.decision import Action, CheckVerdict, ExitCode, Moment, Role
from tasks.evidence.finding import Outcome
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.report.answers import answer_sentence, answer_word, to_answer

OUTCOME_WORDS = {
    Outcome.PASS: "passes",
    Outcome.FAIL: "fails",
    Outcome.INCONCLUSIVE: "cannot tell",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.ERROR: "could not run",
}

#: One character each, different in shape: they are told apart without colour.
SIGNS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.ERROR: "!",
}

#: What one check alone asks for.
ASKS_FOR = {
    Action.RETRAIN: "asks for a retraining",
    Action.BLOCK: "blocks",
    Action.ASK: "asks a person",
    Action.HALT: "halts",
    Action.KEEP: "keeps what serves",
}

#: After 'Checks': when they ran.
MOMENT_WORDS = {
    Moment.NIGHT: "night",
    Moment.RETRAIN: "before retraining",
    Moment.GATE: "gate",
}

_ACTION_WORDS = {
    Action.KEEP: "Keep",
    Action.RETRAIN: "Retrain",
    Action.PROMOTE: "Promote",
    Action.BLOCK: "Block",
    Action.ASK: "Ask a person",
    Action.HALT: "Halt",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """A decision in plain words.

    Attributes:
        word: the decision, in a word or two.
        sentence: what it means for the model in service.
        next: what happens now, and who does it.
    """

    word: str
    sentence: str
    next: str


def headline(record: NightRecord, answer: Answered | None = None) -> Headline:
    """The decision of a run, in plain words; and what a person answered to it since."""
    if answer is not None:
        word = f"{_ACTION_WORDS[record.action]}: {answer_word(answer)}"
        return Headline(word, answer_sentence(answer), "Nothing waits any more. The next night is judged as usual.")
    if record.dry_run and record.gate_decision is not None:
        return _dry_run(record)
    sentence, then = _PLAIN[record.action](record)
    return Headline(_ACTION_WORDS[record.action], sentence, then)


def _dry_run(record: NightRecord) -> Headline:
    """What a rehearsal found: nothing changes, whatever the gate says."""
    would = {
        Action.PROMOTE: "would have gone into service",
        Action.BLOCK: "would have been refused",
        Action.KEEP: "would not have taken over for now",
    }.get(record.action, "would have waited for a person")
    return Headline(
        f"Dry run: {_ACTION_WORDS[record.action].lower()}",
        f"The new model, {_new(record)}, {would}. {_stays(record)}",
        "Nothing changes. That these rows were looked at is in the ledger, and counts like any other look.",
    )


def role_words(verdict: CheckVerdict) -> str:
    """'required', 'advisory', 'off'; and when the policy has no line for the check, that."""
    words = {Role.REQUIRED: "required", Role.ADVISORY: "advisory", Role.OFF: "off"}[verdict.role]
    return words if verdict.declared else f"{words} (not in the policy)"


def in_service(record: NightRecord) -> ModelIdentity | None:
    """The model that serves after the run."""
    gate = record.gate_decision
    promoted = gate is not None and gate.action is Action.PROMOTE and not record.dry_run
    if promoted and record.challenger is not None:
        return record.challenger
    return None if record.bootstrap else record.champion


def _stays(record: NightRecord) -> str:
    model = in_service(record)
    return f"Version {model.version} stays in service." if model else "No model is in service."


def _new(record: NightRecord) -> str:
    return f"version {record.challenger.version}" if record.challenger else "the new model"


def _first(record: NightRecord) -> str | None:
    """At bootstrap, what became of the first model; None otherwise."""
    model = in_service(record)
    return f"The first model, version {model.version}, went into service." if record.bootstrap and model else None


def _keep(record: NightRecord) -> tuple[str, str]:
    gate = record.gate_decision
    waits = gate is not None and (gate.action, gate.exit_code) == (Action.KEEP, ExitCode.CANNOT_TELL)
    shadow = f" The new model, {_new(record)}, waits in shadow: the rows cannot tell it from the champion yet."
    then = " It is looked at again when more outcomes are known." if waits else ""
    return (
        f"{_first(record) or _stays(record)}{shadow if waits else ''}",
        f"Nothing needs to be done. The next night is judged in the same way.{then}",
    )


def _promote(record: NightRecord) -> tuple[str, str]:
    replaced = record.champion if not record.bootstrap else None
    over = f" in place of version {replaced.version}" if replaced else ", the first one of this project"
    return (
        f"The new model, {_new(record)}, goes into service{over}.",
        "Nothing needs to be done. The next night is scored and judged with the new model.",
    )


def _block(record: NightRecord) -> tuple[str, str]:
    return (
        f"The new model, {_new(record)}, was refused. {_stays(record)}",
        "Read why below. What made the new model necessary has not gone away: mend it, or train again when more "
        "outcomes are known.",
    )


def _ask(record: NightRecord) -> tuple[str, str]:
    unsure = record.exit_code is ExitCode.CANNOT_TELL
    why = "There is not enough evidence to tell, so a person must decide." if unsure else "A person must decide."
    before = _first(record) or _stays(record)
    return (
        f"{why} {before}",
        f"Someone who answers for the model reads the reasons below and decides. {to_answer(record)}",
    )


def _retrain(record: NightRecord) -> tuple[str, str]:
    return (
        f"The model in service should be replaced by a newly trained one. {_stays(record)}",
        "A new model is trained and judged against the one in service; it replaces it only on evidence.",
    )


def _halt(record: NightRecord) -> tuple[str, str]:
    judged = record.night_decision is not None
    return (
        f"The night's data is not fit to {'rely on' if judged else 'judge'}. {_stays(record)}",
        "Whoever delivers the data mends the delivery; then the night is run again. Bad data never retrains a model.",
    )


_PLAIN = {
    Action.KEEP: _keep,
    Action.PROMOTE: _promote,
    Action.BLOCK: _block,
    Action.ASK: _ask,
    Action.RETRAIN: _retrain,
    Action.HALT: _halt,
}

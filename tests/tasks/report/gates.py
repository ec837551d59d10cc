"""Outcomes of a gate, with names that would break a document that does not escape them."""

from __future__ import annotations

from datetime import date

from tasks.evidence.answer import Answer, Answered
from tasks.evidence.decision import Action, Decision, ExitCode, Role
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.gate_outcome import GateOutcome
from tasks.evidence.night_record import NightRecord
from tests.tasks.report.decisions import gate_decision, verdict
from tests.tasks.report.records import model, retrained_night

HOSTILE = "]]><script>alert('x')</script> | @everyone \x00\x1b[31m\ufffe\ud800 **bold** &amp; \"q\"\n# heading"

APPROVED = Answered(
    answer=Answer.APPROVED, by="R. Officer", on=date(2025, 7, 1), reason="reviewed", override=False, version=4
)
OVERRIDDEN = APPROVED.model_copy(update={"override": True})


def every_outcome(hostile: str = "") -> Decision:
    """A gate in which a check came out in every way, required and advisory."""
    verdicts, findings = [], []
    for role in (Role.REQUIRED, Role.ADVISORY):
        for outcome in Outcome:
            code = f"{role}_{outcome}"
            asks = role is Role.REQUIRED and outcome is not Outcome.PASS
            action = Action.BLOCK if outcome is Outcome.FAIL else Action.ASK
            verdicts.append(verdict(code, f"{code} {hostile}", outcome, role, action if asks else None))
            estimate = 0.5 if outcome is Outcome.PASS else None
            said = f"What {code} says {hostile}"
            findings.append(Finding(code=code, subject="s", outcome=outcome, sentence=said, estimate=estimate))
    verdicts.append(verdict("off", "Off", Outcome.NOT_APPLICABLE, Role.OFF))
    verdicts.append(verdict("excused", "Excused", Outcome.NOT_APPLICABLE))
    return gate_decision().model_copy(
        update={
            "action": Action.BLOCK,
            "exit_code": ExitCode.BLOCKED,
            "reasons": (f"Because {hostile}",),
            "remedies": (f"It must {hostile}",),
            "verdicts": tuple(verdicts),
            "findings": tuple(findings),
        }
    )


def judged(decision: Decision | None = None, mode: str = "enabled", answer: Answered | None = None) -> GateOutcome:
    """A candidate, judged by hand."""
    decided = decision or every_outcome()
    changes = {
        "trigger": "gate models:/consumer-credit/4",
        "dry_run": mode == "dry_run",
        "night_decision": None,
        "guard_decision": None,
        "gate_decision": decided,
        "challenger": model(4),
        "action": decided.action,
        "exit_code": decided.exit_code,
        "reasons": decided.reasons,
    }
    record: NightRecord = retrained_night().model_copy(update=changes)
    return GateOutcome(mode, record, answer)


def asking() -> Decision:
    """A gate that asks a person."""
    return gate_decision().model_copy(
        update={"action": Action.ASK, "exit_code": ExitCode.ASKS, "reasons": ("Unsure.",)}
    )

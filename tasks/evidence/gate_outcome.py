"""GateOutcome: what `assay gate` comes to, for the process that called it and for the files that it wants."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.answer import Answer, Answered
from tasks.evidence.decision import ExitCode
from tasks.evidence.night_record import NightRecord


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What became of a candidate at the gate.

    Attributes:
        run_mode: disabled, dry_run or enabled.
        record: the judgement; None where nothing was judged.
        answer: what a person answered to it meanwhile; None where nobody did.
        note: why nothing was judged, in a sentence; empty where something was.
    """

    run_mode: str
    record: NightRecord | None = None
    answer: Answered | None = None
    note: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """What the command ends with.

        Nothing judged, and a dry run: 0, whatever was found; what was found is in the outputs. Otherwise what a person
        answered, if someone did: 0 for approved, 1 for rejected and for too late. Otherwise the decision's own.
        """
        if self.record is None or self.record.dry_run:
            return ExitCode.PASS
        if self.answer is not None:
            return ExitCode.PASS if self.answer.answer is Answer.APPROVED else ExitCode.BLOCKED
        return self.record.exit_code

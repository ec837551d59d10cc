"""A night whose every text tries to be something else."""

from tasks.evidence.decision import Action, Decision, ExitCode, Moment
from tasks.evidence.exhibit import BarChart, Exhibit, Line, LineChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.night_record import Digest, Metric, NightRecord, Reasons, ServedView
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.evidence.validation import ExpectationResult, Severity, TableValidation, Validation
from tests.tasks.report.decisions import verdict
from tests.tasks.report.records import kept_night, model


def hostile_night(text: str) -> NightRecord:
    """A night in which every free text is `text`: project title, notice, feature, reason, sentence, group."""
    exhibits: tuple[Exhibit, ...] = (
        BarChart(
            title=text,
            unit=text,
            labels=(text, f"{text} 2"),
            series=(Series(name=text, values=(0.1, None)),),
            limits=(0.2,),
        ),
        LineChart(title=text, x_label=text, y_label=text, lines=(Line(name=text, x=(0.0, 1.0), y=(0.0, 1.0)),)),
    )
    finding = Finding(
        code="data_drift", subject=text, outcome=Outcome.FAIL, sentence=text, estimate=1.0, unit=text, evidence=exhibits
    )
    decision = Decision(
        moment=Moment.NIGHT,
        action=Action.ASK,
        exit_code=ExitCode.ASKS,
        reasons=(text,),
        verdicts=(verdict("data_drift", text, Outcome.FAIL, consequence=Action.ASK),),
        findings=(finding,),
        policy_digest="be" * 32,
    )
    inputs = FeatureSchema(service=text, features=(Feature(name=text, kind=Kind.NUMERIC, view=text),))
    return kept_night().model_copy(
        update={
            "title": text,
            "notice": text,
            "outcome": text,
            "trigger": text,
            "action": Action.ASK,
            "exit_code": ExitCode.ASKS,
            "actions": (text, text),
            "champion": model(3).model_copy(update={"inputs": inputs, "protected_inputs": (text,), "estimator": text}),
            "night_decision": decision,
            "reasons": (text,),
            "top_reasons": (Reasons(phrase=text, feature=text, rows=3),),
            "served": (ServedView(view=text, rows=2, served=1, after_event=0, median_hours=1.0),),
            "metrics": (Metric(name=text, value=0.5),),
            "digests": (Digest(what=text, sha256="0a" * 32, rows=1),),
            "code_version": text,
            "validation": Validation(
                tables=(
                    TableValidation(
                        table=text,
                        rows=1,
                        valid=0,
                        quarantined=1,
                        results=(
                            ExpectationResult(
                                expectation=text,
                                column=text,
                                severity=Severity.WARNING,
                                success=False,
                                unexpected=1,
                                sentence=text,
                            ),
                        ),
                    ),
                )
            ),
        }
    )

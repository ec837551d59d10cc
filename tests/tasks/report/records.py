"""Nights as they come out of a run: what the tests of pages, cards and bundles draw."""

from datetime import date, timedelta

from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.night_record import Digest, Metric, ModelIdentity, NightRecord, Reasons, ServedView, Window
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.evidence.validation import ExpectationResult, Severity, TableValidation, Validation
from tests.tasks.report.decisions import drifted_decision, gate_decision, guard_decision, night_decision
from tests.tasks.report.findings import CATEGORICAL, VIEWS, between, fairness_findings

NIGHT = date(2025, 6, 30)


def schema() -> FeatureSchema:
    return FeatureSchema(
        service="credit_default_v2",
        features=tuple(
            Feature(name=name, kind=Kind.CATEGORICAL if name in CATEGORICAL else Kind.NUMERIC, view=view)
            for view, names in VIEWS.items()
            for name in names
        ),
    )


def model(version: int, last: date = date(2025, 4, 1), protected_inputs: tuple[str, ...] = ()) -> ModelIdentity:
    test = last - timedelta(days=55)
    calibration = test - timedelta(days=73)
    train = calibration - timedelta(days=292)
    return ModelIdentity(
        name="consumer-credit",
        version=version,
        digest=f"{version:x}7f3" * 16,
        estimator="gradient_boosting",
        threshold=0.1834,
        inputs=schema(),
        protected_inputs=protected_inputs,
        windows=(
            Window(name="train", first=train, last=calibration - timedelta(days=1), rows=61_344, events=5_214),
            Window(name="calibration", first=calibration, last=test - timedelta(days=1), rows=15_336, events=1_331),
            Window(name="test", first=test, last=last, rows=11_760, events=1_003),
        ),
        seed=0,
        mlflow_run=f"{version}c0ffee" * 4,
    )


def validation(critical: bool = False) -> Validation:
    def result(expectation: str, column: str, severity: Severity, unexpected: int, sentence: str) -> ExpectationResult:
        return ExpectationResult(
            expectation=expectation,
            column=column,
            severity=severity,
            success=not unexpected,
            unexpected=unexpected,
            sentence=sentence,
        )

    row_count = result(
        "expect_table_row_count_to_be_between",
        "",
        Severity.CRITICAL,
        0,
        "expected 100 to 2,000 rows, got 600",
    )
    unique = result(
        "expect_column_values_to_be_unique",
        "row_key",
        Severity.CRITICAL,
        412 if critical else 0,
        "expected row_key to be unique, but 412 rows repeat one" if critical else "row_key is unique",
    )
    amount = result(
        "expect_column_values_to_be_between",
        "requested_amount",
        Severity.WARNING,
        2,
        "expected requested_amount from 500 to 75,000, but 2 rows lie outside",
    )
    return Validation(
        tables=(
            TableValidation(table="rows", rows=600, valid=598, quarantined=2, results=(row_count, unique, amount)),
            TableValidation(table="labels", rows=540, valid=540, quarantined=0, results=(row_count,)),
            TableValidation(table="bureau_monthly", rows=41_220, valid=41_220, quarantined=0, results=(unique,)),
        )
    )


def kept_night() -> NightRecord:
    """A quiet night: one advisory check cannot tell, everything else passes."""
    return NightRecord(
        project="consumer-credit",
        title="Consumer credit: default within 90 days",
        notice="Simulated data: no real person applied for anything here.",
        outcome="default within 90 days",
        as_of=NIGHT,
        run="4f1c2a9b",
        trigger="schedule",
        first_day=NIGHT,
        last_day=NIGHT,
        rows=598,
        unfavourable=74,
        actions=("refuse", "approve"),
        favourable_above=False,
        bootstrap=False,
        validation=validation(),
        champion=model(3),
        challenger=None,
        night_decision=night_decision(),
        gate_decision=None,
        action=Action.KEEP,
        exit_code=ExitCode.PASS,
        reasons=("All 3 required checks pass.",),
        served=(
            ServedView(view="application", rows=598, served=598, after_event=0, median_hours=0.0),
            ServedView(view="bureau_monthly", rows=598, served=561, after_event=0, median_hours=355.2),
            ServedView(view="account_daily", rows=598, served=0, after_event=0, median_hours=None),
        ),
        top_reasons=(
            Reasons(phrase="several missed payments in the last year", feature="missed_payments_12m", rows=41),
            Reasons(phrase="high use of existing credit lines", feature="utilisation", rows=33),
            Reasons(phrase="high debts compared with income", feature="debt_to_income", rows=28),
            Reasons(phrase="a low account balance", feature="balance_min_30d", rows=12),
        ),
        metrics=(
            Metric(name="AUC", value=0.781, interval=between(0.769, 0.793)),
            Metric(name="Brier score", value=0.0694, interval=between(0.066, 0.073)),
            Metric(name="accuracy", value=0.842),
        ),
        digests=(
            Digest(what="rows of the night", sha256="0a" * 32, rows=598),
            Digest(what="labels", sha256="1b" * 32, rows=540),
            Digest(what="bureau_monthly", sha256="2c" * 32, rows=41_220),
        ),
        settings_digest="5e" * 32,
        policy_digest="be" * 32,
        code_version="0.1.0+940a3f1",
        seed=739_432,
    )


def retrained_night(action: Action = Action.PROMOTE) -> NightRecord:
    """A drifted night whose challenger was promoted, blocked, or put before a person."""
    gate = gate_decision(action)
    return kept_night().model_copy(
        update={
            "challenger": model(4, date(2025, 4, 1)),
            "night_decision": drifted_decision(),
            "guard_decision": guard_decision(),
            "gate_decision": gate,
            "action": action,
            "exit_code": gate.exit_code,
            "reasons": (
                *(f"Retrained because: {reason}" for reason in drifted_decision().reasons),
                f"The challenger was {'promoted' if action is Action.PROMOTE else 'blocked'}, because:",
                *gate.reasons,
            ),
        }
    )


def held_night(action: Action = Action.ASK) -> NightRecord:
    """A drifted night whose retraining a guard held back: by a question, or by a halt."""
    guards = guard_decision(action)
    return kept_night().model_copy(
        update={
            "night_decision": drifted_decision(),
            "guard_decision": guards,
            "action": action,
            "exit_code": guards.exit_code,
            "reasons": (
                "A retraining is wanted, because:",
                *drifted_decision().reasons,
                "It is held back, because:",
                *guards.reasons,
            ),
        }
    )


def halted_night() -> NightRecord:
    """A night whose delivery repeats row keys."""
    return kept_night().model_copy(
        update={
            "validation": validation(critical=True),
            "night_decision": None,
            "action": Action.HALT,
            "exit_code": ExitCode.HALTED,
            "reasons": validation(critical=True).halts,
            "served": (),
            "top_reasons": (),
            "metrics": (),
            "rows": 0,
            "unfavourable": 0,
        }
    )


def first_night(action: Action = Action.PROMOTE) -> NightRecord:
    """The bootstrap: no champion yet; the first model is promoted, or refused."""
    return kept_night().model_copy(
        update={
            "bootstrap": True,
            "champion": None if action is not Action.PROMOTE else model(1),
            "challenger": model(1),
            "gate_decision": gate_decision(action),
            "night_decision": night_decision() if action is Action.PROMOTE else None,
            "action": action,
            "exit_code": gate_decision(action).exit_code,
            "reasons": gate_decision(action).reasons,
        }
    )


def asked_night(exit_code: ExitCode = ExitCode.CANNOT_TELL) -> NightRecord:
    """A night that a person must decide."""
    reason = fairness_findings()[0].sentence
    decision = night_decision().model_copy(update={"action": Action.ASK, "exit_code": exit_code, "reasons": (reason,)})
    return kept_night().model_copy(
        update={"night_decision": decision, "action": Action.ASK, "exit_code": exit_code, "reasons": (reason,)}
    )

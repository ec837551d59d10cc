"""Decisions of a night and of the gate."""

from tasks.evidence.decision import Action, CheckVerdict, Decision, ExitCode, Moment, Role
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.report.findings import (
    attribution_findings,
    between,
    calibration_finding,
    drift_findings,
    fairness_findings,
    metric_finding,
)


def verdict(
    code: str,
    title: str,
    outcome: Outcome,
    role: Role = Role.REQUIRED,
    consequence: Action | None = None,
    declared: bool = True,
) -> CheckVerdict:
    return CheckVerdict(code=code, title=title, role=role, outcome=outcome, declared=declared, consequence=consequence)


def night_decision() -> Decision:
    findings = (
        *drift_findings(),
        *fairness_findings(),
        *(
            metric_finding(*m)
            for m in (("AUC", 0.781, 0.012, 0.72), ("accuracy", 0.842, 0.009, 0.8), ("recall", 0.47, 0.04, 0.4))
        ),
        calibration_finding(),
        Finding(
            code="feature_freshness",
            subject="account_daily",
            outcome=Outcome.NOT_APPLICABLE,
            sentence="No night before this one has served ages to compare with.",
        ),
    )
    return Decision(
        moment=Moment.NIGHT,
        action=Action.KEEP,
        exit_code=ExitCode.PASS,
        reasons=("All 3 required checks pass.",),
        verdicts=(
            verdict("data_drift", "Data drift", Outcome.PASS),
            verdict("performance", "Performance", Outcome.PASS),
            verdict("calibration", "Calibration", Outcome.PASS),
            verdict("fairness", "Fairness by group", Outcome.INCONCLUSIVE, Role.ADVISORY),
            verdict("feature_freshness", "Age of features", Outcome.NOT_APPLICABLE, Role.ADVISORY, declared=False),
            verdict("attribution_drift", "Attribution drift", Outcome.NOT_APPLICABLE, Role.OFF),
        ),
        findings=findings,
        policy_digest="be" * 32,
    )


def drifted_decision() -> Decision:
    calm = night_decision()
    broken = Finding(
        code="score_drift",
        subject="the check itself",
        outcome=Outcome.ERROR,
        sentence="The check 'score_drift' could not run: ValueError: expected scores, got none.",
    )
    drifted = drift_findings(("bureau_score", "utilisation"))
    others = tuple(finding for finding in calm.findings if finding.code != "data_drift")
    verdicts = tuple(
        one.model_copy(update={"outcome": Outcome.FAIL, "consequence": Action.RETRAIN})
        if one.code == "data_drift"
        else one
        for one in calm.verdicts
    )
    return calm.model_copy(
        update={
            "action": Action.RETRAIN,
            "exit_code": ExitCode.ASKS,
            "reasons": tuple(f"Data drift: {f.sentence}" for f in drifted if f.outcome is Outcome.FAIL),
            "verdicts": (*verdicts, verdict("score_drift", "Score drift", Outcome.ERROR, Role.ADVISORY)),
            "findings": (*drifted, *others, broken),
        }
    )


def guard_decision(action: Action = Action.RETRAIN) -> Decision:
    """The guards before a retraining: they let it be made, or hold it back by the cool-down (ask) or a fault (halt)."""
    cooldown = Finding(
        code="cooldown",
        subject="last challenger",
        outcome=Outcome.FAIL if action is Action.ASK else Outcome.PASS,
        sentence=f"A challenger was judged {9 if action is Action.ASK else 90} days ago, and the cool-down is 28 days.",
        estimate=9.0 if action is Action.ASK else 90.0,
        limit=28.0,
        unit="days",
    )
    fault = Finding(
        code="data_fault",
        subject="bureau_score" if action is Action.HALT else "data",
        outcome=Outcome.FAIL if action is Action.HALT else Outcome.PASS,
        sentence="bureau_score drifts, and its data quality is not a pass: 40% of its values are missing."
        if action is Action.HALT
        else "No feature that drifts has a fault of data quality, so the drift is not a broken feed's.",
        estimate=0.4 if action is Action.HALT else 0.0,
        limit=0.02 if action is Action.HALT else 0.0,
        unit="share of rows" if action is Action.HALT else "faults",
    )
    loop = Finding(
        code="feedback_loop",
        subject="outcomes that become known",
        outcome=Outcome.INCONCLUSIVE,
        sentence="Whether the labels are the model's own work cannot be judged: no row is known to be old enough.",
    )
    held = {Action.ASK: cooldown.code, Action.HALT: fault.code}.get(action)
    checks = ((cooldown, "Cool-down", Role.REQUIRED), (fault, "Data fault", Role.REQUIRED),
              (loop, "Feedback loop", Role.ADVISORY))  # fmt: skip
    return Decision(
        moment=Moment.RETRAIN,
        action=action,
        exit_code=ExitCode.HALTED if action is Action.HALT else ExitCode.ASKS,
        reasons=tuple(f"{title}: {one.sentence}" for one, title, _ in checks if one.code == held)
        or ("All 2 required checks pass.",),
        verdicts=tuple(
            verdict(one.code, title, one.outcome, role, action if one.code == held else None)
            for one, title, role in checks
        ),
        findings=(cooldown, fault, loop),
        policy_digest="be" * 32,
    )


def gate_decision(action: Action = Action.PROMOTE) -> Decision:
    good = action is Action.PROMOTE
    gain = 0.011 if good else -0.006
    comparison = Finding(
        code="champion_comparison",
        subject="AUC",
        outcome=Outcome.PASS if good else Outcome.FAIL,
        sentence=f"On the same 11,760 rows the challenger's AUC is {gain:+.3f} against the other; 0 or more is asked.",
        estimate=gain,
        interval=between(gain - 0.004, gain + 0.004),
        limit=0.0,
        unit="AUC",
        n=11_760,
    )
    return Decision(
        moment=Moment.GATE,
        action=action,
        exit_code=ExitCode.PASS if good else ExitCode.BLOCKED,
        reasons=("All 3 required checks pass.",) if good else (f"Better than the champion: {comparison.sentence}",),
        verdicts=(
            verdict(
                "champion_comparison",
                "Better than the champion",
                comparison.outcome,
                consequence=None if good else Action.BLOCK,
            ),
            verdict("calibration", "Calibration", Outcome.PASS),
            verdict("attribution", "Reasons of the two models", Outcome.PASS),
        ),
        findings=(comparison, calibration_finding(), *attribution_findings()),
        policy_digest="be" * 32,
    )

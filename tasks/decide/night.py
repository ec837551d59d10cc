"""The night's decision: the champion judged on tonight's profiles, with the guards before a retraining."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tasks.decide.binding import BoundCheck
from tasks.decide.deciding import decide
from tasks.decide.judging import judge
from tasks.evidence.case import Case, FeatureLag
from tasks.evidence.decision import Action, Decision, ExitCode, Moment
from tasks.evidence.profile import Profile
from tasks.evidence.validation import TableValidation
from tasks.models.profiles import NightProfiles
from tasks.models.serving import ServedModel
from tasks.project.policy import Policy
from tasks.project.settings import AssaySettings


@dataclass(frozen=True, slots=True)
class Standing:
    """How the champion stands in the ledger.

    Attributes:
        judged: the newest night, up to this one, on which a challenger was judged, let through or not.
        superseded: True when a later champion serves already (the night is run late).
    """

    judged: date
    superseded: bool


@dataclass(frozen=True, slots=True)
class NightCase:
    """What the night's decision rests on.

    Attributes:
        as_of: the night.
        champion: the model that is judged.
        standing: how it stands in the ledger.
        reference: its profiles over its own test window, one a batch.
        profiles: tonight's profiles.
        lags: age of tonight's features.
        rows: what validation said of tonight's rows.
    """

    as_of: date
    champion: ServedModel
    standing: Standing
    reference: tuple[Profile, ...]
    profiles: NightProfiles
    lags: tuple[FeatureLag, ...]
    rows: TableValidation


def judge_night(
    night: NightCase, bound: tuple[BoundCheck, ...], policy: Policy, settings: AssaySettings, seed: int
) -> Decision:
    """Run the nightly checks and decide; then let the guards hold back a retraining."""
    case = Case(
        moment=Moment.NIGHT,
        as_of=night.as_of,
        schema=night.champion.model.schema,
        threshold=night.champion.model.threshold,
        favourable_above=settings.action.favourable == "at_or_above",
        reference=night.reference,
        tonight=night.profiles.tonight,
        labelled=night.profiles.labelled,
        lags=night.lags,
        delivered=night.rows.rows,
        quarantined=night.rows.quarantined,
    )
    decision = decide(Moment.NIGHT, bound, judge(case, bound, seed), policy.digest, bootstrap=False)
    return guard(decision, night, settings.monitoring.retrain_cooldown_days)


def guard(decision: Decision, night: NightCase, cooldown_days: int) -> Decision:
    """Turn a retraining into a question where it would do harm; any other decision is left alone.

    Guards: a challenger was judged tonight, or less than `cooldown_days` ago, let through or not (who tries every night
    passes one day by luck); a later champion serves already.
    """
    if decision.action is not Action.RETRAIN:
        return decision
    age = (night.as_of - night.standing.judged).days
    if night.standing.superseded:
        why = "No retraining: a later champion was promoted since; this night was run late."
    elif age == 0:
        why = "No retraining: the champion was trained tonight, on the same data."
    elif age < cooldown_days:
        why = f"No retraining: a challenger was judged {age} days ago, and the cool-down is {cooldown_days} days."
    else:
        return decision
    return decision.model_copy(
        update={"action": Action.ASK, "exit_code": ExitCode.ASKS, "reasons": (*decision.reasons, why)}
    )

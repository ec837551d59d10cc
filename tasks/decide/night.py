"""The night's decision: the champion judged on tonight's profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tasks.decide.binding import BoundCheck
from tasks.decide.deciding import decide
from tasks.decide.judging import judge
from tasks.evidence.case import Case, FeatureLag, Watched
from tasks.evidence.claim import CardFacts, Claim
from tasks.evidence.decision import Action, Decision, ExitCode, Moment
from tasks.evidence.night_record import ModelIdentity
from tasks.evidence.profile import Profile
from tasks.evidence.validation import TableValidation
from tasks.models.profiles import NightProfiles
from tasks.project.policy import Policy
from tasks.project.settings import AssaySettings


@dataclass(frozen=True, slots=True)
class Standing:
    """How the champion stands in the ledger.

    Attributes:
        judged: the newest night, up to this one, on which a challenger was judged, let through or not; None when none
            ever was.
        superseded: True when a later champion serves already (the night is run late).
    """

    judged: date | None
    superseded: bool


@dataclass(frozen=True, slots=True)
class NightCase:
    """What the night's decision rests on.

    Attributes:
        as_of: the night.
        champion: what is known of the model that is judged; its files are not needed.
        standing: how it stands in the ledger.
        reference: its profiles over its own test window, one a batch.
        profiles: tonight's profiles.
        lags: age of tonight's features.
        rows: what validation said of tonight's rows.
        watched: the monitors after tonight, by code of their check.
        bootstrap: True when the champion was trained tonight, as the first one.
        cohorts_since: the cohorts that came of age on or after a night, tonight's included, in order of time.
        claims: what the model card claims.
    """

    as_of: date
    champion: ModelIdentity
    standing: Standing
    reference: tuple[Profile, ...]
    profiles: NightProfiles
    lags: tuple[FeatureLag, ...]
    rows: TableValidation
    watched: Mapping[str, Watched]
    bootstrap: bool = False
    cohorts_since: Callable[[date], tuple[Profile, ...]] = lambda first: ()
    claims: tuple[Claim, ...] = ()


def judge_night(
    night: NightCase, bound: tuple[BoundCheck, ...], policy: Policy, settings: AssaySettings, seed: int
) -> Decision:
    """Run the nightly checks and decide. A retraining that nobody could use is a question; see `hold`."""
    findings = judge(case_of(night, settings), bound, seed, night.watched)
    return hold(decide(Moment.NIGHT, bound, findings, policy.digest, bootstrap=night.bootstrap), night)


def case_of(night: NightCase, settings: AssaySettings) -> Case:
    """What the checks of the night may look at."""
    return Case(
        moment=Moment.NIGHT,
        as_of=night.as_of,
        schema=night.champion.inputs,
        threshold=night.champion.threshold,
        favourable_above=settings.action.favourable == "at_or_above",
        reference=night.reference,
        tonight=night.profiles.tonight,
        labelled=night.profiles.labelled,
        lags=night.lags,
        delivered=night.rows.rows,
        quarantined=night.rows.quarantined,
        card=CardFacts(night.claims, night.champion.protected_inputs),
    )


def hold(decision: Decision, night: NightCase) -> Decision:
    """Turn a retraining that nobody could use into a question, whatever the policy; any other decision is left alone.

    No policy decides on these: a model of a night before the newest promotion could not serve, and one of the very
    night on which a challenger was judged would be the same again.
    """
    if decision.action is not Action.RETRAIN:
        return decision
    if night.standing.superseded:
        why = "No retraining: a later champion was promoted since; this night was run late."
    elif night.standing.judged == night.as_of:
        why = "No retraining: a challenger was judged tonight already, on the same data."
    else:
        return decision
    return decision.model_copy(
        update={"action": Action.ASK, "exit_code": ExitCode.ASKS, "reasons": (*decision.reasons, why)}
    )

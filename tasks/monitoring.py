"""Stages 5 to 7: profile the night, run the nightly checks, decide."""

from __future__ import annotations

from tasks.decide.guards import judge_retraining
from tasks.decide.night import NightCase, judge_night
from tasks.evidence.decision import Moment
from tasks.evidence.profile_file import to_bytes
from tasks.evidence.validation import Validation
from tasks.governance.champion import standing
from tasks.governance.night_evidence import Challenge, JudgedNight
from tasks.governance.reference import reference_of
from tasks.models.explaining import ExplainedRows
from tasks.models.profiles import NightProfiles, newest_cohort, profile_night
from tasks.models.serving import NightRows, NightScores, ServedModel
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("profile")
def profile(
    workspace: Workspace, champion: ServedModel, data: NightRows, scores: NightScores, explained: ExplainedRows
) -> NightProfiles:
    """Profile tonight's batch, the newest rows with matured labels and the newest cohort on the champion's edges."""
    with workspace.progress.step("profile") as step:
        cohort = newest_cohort(workspace.windows, champion.identity.test_last)
        profiles = profile_night(champion.model, data, scores, explained, workspace.settings.columns, cohort)
        workspace.warehouse.write_profile(workspace.as_of, champion.identity.digest, to_bytes(*profiles.kept))
        step.says(f"{profiles.tonight.rows:,} rows in {len(profiles.tonight.histograms)} histograms")
        return profiles


@stage("monitor")
def monitor(
    workspace: Workspace,
    champion: ServedModel,
    explained: ExplainedRows,
    profiles: NightProfiles,
    first: Challenge | None,
    validation: Validation,
) -> JudgedNight:
    """Run the nightly checks against the champion's reference and decide; guard the retraining that they may want."""
    with workspace.progress.step("monitor") as step:
        reference = first.reference if first else reference_of(workspace.warehouse, champion)
        stands = standing(workspace.ledger, workspace.as_of, tonight=first is not None)
        rows, lags = validation.tables[0], explained.data.lags
        led = workspace.monitors(champion, reference).lead(workspace.as_of, profiles)
        night = NightCase(
            workspace.as_of, champion.identity, stands, reference, profiles, lags, rows, led.watched, first is not None,
            led.cohorts_since, workspace.statements.claims,
        )  # fmt: skip
        checks, policy, settings, seed = workspace.checks, workspace.policy, workspace.settings, workspace.run.seed
        decision = judge_night(night, checks[Moment.NIGHT], policy, settings, seed)
        guards = judge_retraining(night, decision, checks[Moment.RETRAIN], policy, settings, seed)
        step.says(
            f"{len(decision.findings)} findings: {decision.action}{f', guards: {guards.action}' if guards else ''}"
        )
        return JudgedNight(explained, profiles, reference, decision, guards, led.before)

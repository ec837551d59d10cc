"""NightRecord: one run of one night, whole. The bundle stores it, the report draws it, the ledger seals its digest."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from tasks.evidence.answer import Answered
from tasks.evidence.claim import Claim
from tasks.evidence.decision import Action, Decision, ExitCode
from tasks.evidence.interval import Interval
from tasks.evidence.record import Record
from tasks.evidence.schema import FeatureSchema
from tasks.evidence.validation import Validation

SCHEMA_VERSION = 1


class Digest(Record):
    """A digest of something the decision rests on.

    Attributes:
        what: for a reader ('rows of the night').
        sha256: hexadecimal.
        rows: number of rows, where it is a table.
    """

    what: str
    sha256: str
    rows: int | None = None


class Metric(Record):
    """A named figure with its interval."""

    name: str
    value: float
    interval: Interval | None = None


class Window(Record):
    """One time window of a training.

    Attributes:
        name: train, calibration or test.
        first: day of the earliest row.
        last: day of the latest row.
        rows: rows.
        events: rows with a label of 1.
    """

    name: str
    first: date
    last: date
    rows: int
    events: int


class ModelIdentity(Record):
    """A registered model.

    Attributes:
        name: registered name.
        version: registry version.
        digest: SHA-256 of its files; it is loaded only while they match.
        estimator: `gradient_boosting` and the like.
        threshold: operating point on the calibrated score.
        inputs: its features and their service.
        protected_inputs: protected attributes that the project named as inputs.
        windows: the rows it was made from.
        seed: seed of its training.
        mlflow_run: id of the tracking run.
    """

    name: str
    version: int
    digest: str
    estimator: str
    threshold: float
    inputs: FeatureSchema
    protected_inputs: tuple[str, ...]
    windows: tuple[Window, ...]
    seed: int
    mlflow_run: str

    @property
    def test_first(self) -> date:
        """First day of the test window; rows from before it were used in training."""
        return self._test.first

    @property
    def test_last(self) -> date:
        """Last day of the test window: every later row is new to the model."""
        return self._test.last

    @property
    def _test(self) -> Window:
        return next(window for window in self.windows if window.name == "test")


class ServedView(Record):
    """Age of one feature view's values, as the report shows it; see `case.FeatureLag`."""

    view: str
    rows: int
    served: int
    after_event: int
    median_hours: float | None


class Reasons(Record):
    """How often a reason was among the top reasons of tonight's unfavourable actions."""

    phrase: str
    feature: str
    rows: int


class NightRecord(Record):
    """One run of one night.

    Attributes:
        schema_version: version of this record's form.
        project: project name.
        title: project title.
        notice: sentence for every page; may be empty.
        outcome: what a label of 1 means.
        as_of: the night.
        run: id of the run; the same inputs give the same id.
        trigger: why the run happened: 'schedule', or the reason given by hand.
        first_day: first day of the batch.
        last_day: last day of the batch.
        rows: rows of the batch that were judged.
        unfavourable: rows that got the unfavourable action.
        actions: name of the action at or above the threshold, and below it.
        favourable_above: True when a score at or above the threshold is what a person would want.
        bootstrap: True when there was no champion before this run.
        dry_run: True when a challenger was judged and was not to be promoted.
        user: who had the run done; empty where it is not known.
        let_in: who let the champion into service, where it was a person and not the gate alone.
        validation: what the expectations said; None for a run by hand that read no new batch.
        champion: the model that judged the night; None when there was none.
        challenger: the model trained in this run, if any.
        night_decision: decision of the nightly checks.
        guard_decision: decision of the guards on the retraining that the night wanted; None when it wanted none.
        gate_decision: decision of the gate on the challenger.
        judged_on: the out-of-time rows that the gate judged it on.
        action: the outcome of the whole run.
        exit_code: what the command ended with.
        reasons: plain sentences, in reading order.
        served: age of the features.
        top_reasons: the most frequent reasons for unfavourable actions.
        metrics: figures of the matured labels under the champion.
        digests: everything the run read.
        settings_digest: SHA-256 of assay.toml.
        policy_digest: SHA-256 of policy.toml.
        code_version: git commit or package version.
        seed: seed of the run's random draws.
        claims: what the model card claimed when the run was judged.
    """

    schema_version: int = SCHEMA_VERSION
    project: str
    title: str
    notice: str
    outcome: str
    as_of: date
    run: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]*$")
    trigger: str
    first_day: date
    last_day: date
    rows: int
    unfavourable: int
    actions: tuple[str, str]
    favourable_above: bool
    bootstrap: bool
    dry_run: bool = False
    user: str = ""
    let_in: Answered | None = None
    validation: Validation | None
    champion: ModelIdentity | None
    challenger: ModelIdentity | None
    night_decision: Decision | None
    guard_decision: Decision | None = None
    gate_decision: Decision | None
    judged_on: Window | None = None
    action: Action
    exit_code: ExitCode
    reasons: tuple[str, ...]
    served: tuple[ServedView, ...]
    top_reasons: tuple[Reasons, ...]
    metrics: tuple[Metric, ...]
    digests: tuple[Digest, ...]
    settings_digest: str
    policy_digest: str
    code_version: str
    seed: int
    claims: tuple[Claim, ...] = ()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision of the run: of the night, before a retraining, of the gate; those that were taken."""
        taken = (self.night_decision, self.guard_decision, self.gate_decision)
        return tuple(decision for decision in taken if decision is not None)

"""`assay.toml` as frozen, typed settings: where a project's data, features and models are."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from tasks.project.calendar import Calendar, Every
from tasks.project.database_url import without_password
from tasks.project.paths import Paths
from tasks.project.toml_file import read_toml

#: A URL without a password of its own: `${NAME}` stands for the environment variable that holds it.
Url = Annotated[str, AfterValidator(without_password)]


class Settings(BaseModel):
    """Base of every section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProjectSection(Settings):
    """`[project]`: what the project is.

    Attributes:
        name: short name; also the registered model's name.
        title: one line for the top of every page.
        notice: a sentence that every page must carry ('simulated data'); empty for none.
        outcome: what a label of 1 means, in words ('default within 90 days').
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    notice: str = ""
    outcome: str


class Incident(Settings):
    """`[[source.incidents]]`: one declared fault of the simulated portfolio; off unless `on = true`.

    Attributes:
        kind: which fault.
        first: first day of the fault.
        last: last day; None means until the end.
        size: how strong, in the unit that the simulation documents for the kind.
        on: whether it happens.
    """

    kind: Literal[
        "covariate_shift",
        "concept_shift",
        "unit_error",
        "null_flood",
        "late_delivery",
        "duplicate_delivery",
        "poisoned_labels",
    ]
    first: date
    last: date | None = None
    size: float = 1.0
    on: bool = False


class SimulatedSource(Settings):
    """`[source] kind = "simulated"`: the built-in consumer-credit portfolio."""

    kind: Literal["simulated"]
    rows_per_night: int = Field(default=600, ge=1, le=1_000_000)
    seed: int = 20240101
    first: date = date(2024, 1, 1)
    last: date = date(2025, 12, 31)
    incidents: tuple[Incident, ...] = ()


class FileSource(Settings):
    """`[source] kind = "parquet"` or `"csv"`: files, mapped by a DuckDB query over the relation `raw`.

    Attributes:
        path: file or glob, relative to the project directory.
        query: SELECT over `raw` that yields the columns that `[columns]` names, and the features.
    """

    kind: Literal["parquet", "csv"]
    path: str
    query: str


class SqlSource(Settings):
    """`[source] kind = "sql"`: a database by URL (sqlite:///, duckdb:///, postgresql+psycopg://).

    Attributes:
        url: database URL; `${NAME}` is replaced by the environment variable, so that no secret is in the file.
        query: SELECT that yields the columns that `[columns]` names, and the features.
    """

    kind: Literal["sql"]
    url: Url
    query: str


SourceSection = Annotated[SimulatedSource | FileSource | SqlSource, Field(discriminator="kind")]


class ColumnsSection(Settings):
    """`[columns]`: which role each column of the query plays; every other column is a feature.

    Attributes:
        row_key: identifies a row; unique.
        entities: Feast join keys carried by the rows.
        event_timestamp: when the row happened; features are read as of it.
        arrived_timestamp: when the row became known; empty means at the event.
        label: 0 or 1; null while unknown or never to be known.
        outcome_timestamp: when the label became known; empty means at the event.
        protected: protected attributes, as categories.
        context: columns kept beside the rows, neither features nor protected (why a label exists, a propensity).
        propensity: the one of the context columns that holds the probability, in [0, 1], with which the row's label
            gets known (selective labels: only approved loans can default); empty means that every label gets known.
    """

    row_key: str = "row_key"
    entities: tuple[str, ...]
    event_timestamp: str = "event_timestamp"
    arrived_timestamp: str = ""
    label: str = "label"
    outcome_timestamp: str = ""
    protected: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    propensity: str = ""

    @model_validator(mode="after")
    def _the_propensity_is_context(self) -> ColumnsSection:
        if self.propensity and self.propensity not in self.context:
            raise ValueError(
                f"expected propensity to be one of the context columns {list(self.context)}, received "
                f"'{self.propensity}'; add it to columns.context, or leave it empty"
            )
        return self


class BatchSection(Settings):
    """`[batch]`: how often a batch comes, and how long a label takes.

    Attributes:
        every: day, week, month or year.
        maturity_days: days from a row to its label; rows younger than that are not expected to have one.
        history_first: nothing before this day is read; None means from the source's beginning.
    """

    every: Every = Every.DAY
    maturity_days: int = Field(default=0, ge=0)
    history_first: date | None = None

    @property
    def calendar(self) -> Calendar:
        """The calendar of the project's batches."""
        return Calendar(self.every)


class FeaturesSection(Settings):
    """`[features]`: the Feast feature service that new models are trained with, and where Feast keeps things.

    Attributes:
        service: the feature service.
        registry: PostgreSQL URL of Feast's registry; empty means what `feature_store.yaml` says.
        online_store: PostgreSQL URL of Feast's online store; empty means what `feature_store.yaml` says.
    """

    service: str
    registry: Url = ""
    online_store: Url = ""


class ModelSection(Settings):
    """`[model]`: which estimator, and how it is used.

    Attributes:
        estimator: gradient_boosting, logistic_regression, random_forest, or `package.module:Class`.
        parameters: keyword arguments of the estimator.
        class_weight: 'balanced' or 'none'.
        protected_inputs: protected attributes that are model inputs on purpose; the report says it.
        seed: seed of everything random in training.
    """

    estimator: str = "gradient_boosting"
    parameters: dict[str, bool | int | float | str | None] = Field(default_factory=dict)
    class_weight: Literal["none", "balanced"] = "none"
    protected_inputs: tuple[str, ...] = ()
    seed: int = 0


class TrainingSection(Settings):
    """`[training]`: the time-ordered windows, in batches.

    Attributes:
        train_batches: batches of matured labels before the test window, for training and calibration together.
        calibration_share: newest share of those rows, for calibration.
        test_batches: newest batches of matured labels, for the out-of-time test; also the monitors' reference.
        after_break_batches: the same after outcomes have left the scores: only batches since then say what is true now,
            and the older ones of them must be there to learn from; None means half of `test_batches`.
        look_batches: newly matured batches between two looks at a challenger that could not be told from the champion;
            None means half of `test_batches`.
        minimum_events: labels of 1 without which nothing is trained.
    """

    train_batches: int = Field(default=365, ge=1)
    calibration_share: float = Field(default=0.2, gt=0, lt=1)
    test_batches: int = Field(default=56, ge=1)
    after_break_batches: int | None = Field(default=None, ge=1)
    look_batches: int | None = Field(default=None, ge=1)
    minimum_events: int = Field(default=200, ge=1)

    @property
    def tested_after_break(self) -> int:
        """Batches of the test window after a break."""
        return self.after_break_batches or max(1, self.test_batches // 2)

    @property
    def between_looks(self) -> int:
        """Newly matured batches between two looks at one challenger."""
        return self.look_batches or max(1, self.test_batches // 2)


class ActionSection(Settings):
    """`[action]`: what is done with a score.

    Attributes:
        at_or_above: the action when the score is at or above the threshold ('refuse').
        below: the action when it is below ('approve').
        favourable: which of the two a person would want for themselves.
        threshold: fixed operating point in (0, 1); or None, and then
        selection_rate: share of the calibration rows at or above the operating point.
    """

    at_or_above: str
    below: str
    favourable: Literal["at_or_above", "below"]
    threshold: float | None = Field(default=None, gt=0, lt=1)
    selection_rate: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one_operating_point(self) -> ActionSection:
        if (self.threshold is None) == (self.selection_rate is None):
            raise ValueError("expected exactly one of threshold and selection_rate, so remove one or add one")
        return self


class MonitoringSection(Settings):
    """`[monitoring]`: windows of the nightly checks, in batches.

    Attributes:
        matured_batches: newest batches with matured labels that the performance checks pool.
    """

    matured_batches: int = Field(default=28, ge=1)


class TrackingSection(Settings):
    """`[tracking]`: MLflow.

    Attributes:
        uri: a tracking server (http, https) or a database (sqlite, postgresql+psycopg) for MLflow's tables, with
            artifacts in `.assay/artifacts`; empty means the project's own SQLite file.
    """

    uri: Url = ""


class LedgerSection(Settings):
    """`[ledger]`: where decisions are sealed.

    Attributes:
        url: PostgreSQL URL of a database for this ledger alone; empty means the project's own SQLite file.
    """

    url: Url = ""


class ScheduleSection(Settings):
    """`[schedule]`: when nights run by themselves, and what they do about those that were missed.

    Attributes:
        cron: five fields, in the time zone below ('0 3 * * *' is three in the morning).
        timezone: IANA name ('Europe/London'); the clock may be put forward or back in it.
        night: which night a scheduled run means. `due`: the last one whose batch was complete at the scheduled time
            (batches end at midnight UTC), so that a feed that stopped halts. `latest`: the last complete one that the
            source has, for a source that is no longer fed.
        catch_up: missed nights before its own that one run makes up for, oldest first; 0 for none.
        retrain: `inline`: a night that wants a retraining does it. `event`: it asks for one with an event, which a
            deployment answers.
    """

    cron: str = Field(default="0 3 * * *", pattern=r"^[\w*/,#-]+( [\w*/,#-]+){4}$")
    timezone: str = "UTC"
    night: Literal["due", "latest"] = "due"
    catch_up: int = Field(default=7, ge=0, le=366)
    retrain: Literal["inline", "event"] = "inline"

    @field_validator("timezone")
    @classmethod
    def _a_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            fault = (
                f"expected the IANA name of a time zone, such as UTC or Europe/London, received '{name}'; correct it"
            )
            raise ValueError(fault) from None
        return name


class GovernanceSection(Settings):
    """`[governance]`: how evidence is signed.

    Attributes:
        signing_key: file of the private keys, relative to the project directory; the environment variable
            ASSAY_SIGNING_KEY wins. Empty means that nothing is signed, and every verification says so.
    """

    signing_key: str = ""


class RunMode(StrEnum):
    """What `assay gate` does: nothing, judge and report, or judge and promote."""

    DISABLED = "disabled"
    DRY_RUN = "dry_run"
    ENABLED = "enabled"


class GateSection(Settings):
    """`[gate]`: the gate as a step of CI/CD, `assay gate`.

    Attributes:
        run_mode: `enabled` judges, promotes what passes, and ends with the decision's exit code; `dry_run` judges,
            records and reports, promotes nothing and ends with 0 whatever was decided; `disabled` judges nothing, says
            so and ends with 0. `--run-mode` overrides it for one run.
    """

    run_mode: RunMode = RunMode.ENABLED


class AssaySettings(Settings):
    """The whole of `assay.toml`."""

    project: ProjectSection
    source: SourceSection
    columns: ColumnsSection
    batch: BatchSection = BatchSection()
    features: FeaturesSection
    model: ModelSection = ModelSection()
    training: TrainingSection = TrainingSection()
    action: ActionSection
    monitoring: MonitoringSection = MonitoringSection()
    tracking: TrackingSection = TrackingSection()
    ledger: LedgerSection = LedgerSection()
    schedule: ScheduleSection = ScheduleSection()
    governance: GovernanceSection = GovernanceSection()
    gate: GateSection = GateSection()

    @model_validator(mode="after")
    def _protected_inputs_are_protected(self) -> AssaySettings:
        unknown = set(self.model.protected_inputs) - set(self.columns.protected)
        if unknown:
            raise ValueError(
                f"model.protected_inputs names {sorted(unknown)}, which columns.protected does not declare"
            )
        return self


def load_settings(root: Path) -> AssaySettings:
    """Read `assay.toml` of the project in `root`.

    Raises:
        ConfigurationError: the file is missing, is not TOML, or has faults; all of them are reported together.
    """
    return read_toml(Paths(root).settings, AssaySettings)

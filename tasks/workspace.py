"""Workspace: one run of one project, with its tools opened when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.configuration import read_configuration
from tasks.decide.breaks import broken_since
from tasks.evidence.decision import Decision, Moment
from tasks.governance.ledger import Ledger
from tasks.governance.ledger_opening import open_ledger
from tasks.governance.monitor_states import halted_nights
from tasks.governance.pending_bundle import sweep_pending
from tasks.project.calendar import Span
from tasks.project.environment import settle
from tasks.project.errors import ConfigurationError
from tasks.project.lock import project_lock
from tasks.project.run import SCHEDULE, Run
from tasks.project.scratch import scratch
from tasks.project.user import current_user
from tasks.project.windows import Windows, first_after_break, first_of_break, plan
from tasks.report.progress import Progress
from tasks.sources.delivery import Source
from tasks.sources.opening import open_source
from tasks.sources.warehouse import Warehouse

if TYPE_CHECKING:
    from tasks.adapters.expectations import Suites
    from tasks.adapters.feature_store import FeatureRepository
    from tasks.adapters.tracking import Tracking
    from tasks.evidence.data_table import DataTable
    from tasks.evidence.night_record import Digest, ModelIdentity
    from tasks.evidence.profile import Profile
    from tasks.explain.phrase_book import Phrases
    from tasks.governance.answering import Office
    from tasks.governance.monitor_states import NightlyMonitors
    from tasks.governance.registration import Registry
    from tasks.models.serving import ServedModel


class Workspace:
    """One run of one project. Settings and policy are read at once, so that their faults come before any work.

    Attributes:
        paths: where the project keeps things.
        settings: `assay.toml`.
        policy: `expectations/policy.toml`.
        statements: `governance.toml`.
        checks: the checks under the policy, by moment: of the night, before a retraining, of the gate.
        as_of: the night.
        trigger: why the run happens: `schedule`, or the reason that a person gave.
        progress: where the steps are told.
        with_halted: whether nights that were halted may be learnt from.
        dry_run: whether a challenger is judged and not promoted.
        user: who has the run done.
    """

    def __init__(
        self,
        root: Path,
        as_of: date | None,
        progress: Progress,
        trigger: str = SCHEDULE,
        *,
        with_halted: bool = False,
        dry_run: bool = False,
        by: str | None = None,
    ) -> None:
        """Open a project.

        Args:
            root: the project directory.
            as_of: the night; None means the source's last complete day.
            progress: where the steps are told.
            trigger: why the run happens.
            with_halted: learn from nights that were halted too; a person says that what looked like a fault is how the
                data is now. The trigger says it as well, so that it is recorded.
            dry_run: judge a challenger, record what was found, and promote nothing.
            by: who has the run done; None means `ASSAY_USER`, or the login name.

        Raises:
            ConfigurationError: `assay.toml` or the policy has faults; nothing is made then.
        """
        read = read_configuration(root)
        self.settings, self._settings_content = read.settings, read.settings_content
        self.policy, self.checks = read.policy, read.checks
        self.statements, self._statements_content = read.statements, read.statements_content
        self.paths = settle(root)
        self.progress = progress
        self.trigger = trigger
        self.with_halted = with_halted
        self.dry_run = dry_run
        self.user = current_user(by)
        self.as_of = as_of or self.settings.batch.calendar.last_night(self.source.last())
        self._require_night()

    def _require_night(self) -> None:
        calendar, first, last = self.settings.batch.calendar, self.source.first(), self.source.last()
        faults = []
        if not calendar.is_night(self.as_of):
            faults.append(
                f"expected the last day of a {calendar.every}, received {self.as_of}; its batch is not complete"
            )
        # One batch after the last is a night as well: that nothing came for it is what it has to say.
        if self.as_of < first or calendar.batch(self.as_of).first > last + timedelta(days=1):
            faults.append(f"expected a night from {first} to {last} or the next, received {self.as_of}")
        if faults:
            raise ConfigurationError("--as-of", faults)

    @contextmanager
    def locked(self, wait_seconds: float) -> Iterator[None]:
        """Hold the project's lock for the run; see `project_lock`. What a killed run left half-made is taken away."""
        with project_lock(self.paths, wait_seconds):
            sweep_pending(self.paths, self.ledger)
            yield

    @cached_property
    def source(self) -> Source:
        """Where rows come from."""
        return open_source(self.settings, self.paths.root)

    @cached_property
    def warehouse(self) -> Warehouse:
        """Where rows are landed."""
        return Warehouse(self.paths)

    @cached_property
    def windows(self) -> Windows:
        """The spans of the night."""
        return plan(self.settings, self.as_of, self.source.first())

    def training_windows(self, broken: date | None, others: Sequence[ServedModel | None]) -> Windows:
        """The spans of a retraining.

        After a break the test window is of rows since it. It never begins before that of a model that the challenger is
        compared with, which was trained on what lies before its own.

        Args:
            broken: first day of the rows whose outcomes left the scores; None where they did not.
            others: the models that it is compared with.
        """
        first = first_after_break(self.settings, self.as_of, broken) if broken else self.windows.test.first
        return self.windows_from(first, others)

    def windows_from(self, test_first: date, others: Sequence[ServedModel | None]) -> Windows:
        """The spans of the night with a test window that begins on a day, or later where other models saw its rows."""
        first = max([test_first, *(other.identity.test_first for other in others if other)])
        return plan(self.settings, self.as_of, self.source.first(), first)

    def broken(self, night: Decision | None) -> date | None:
        """First day of the rows whose outcomes left the scores, as a night saw it; None where they did not.

        Args:
            night: the night's decision that asked for a retraining; None by hand, and at bootstrap.
        """
        began = broken_since(night.findings) if night else None
        return first_of_break(self.settings, began) if began else None

    @cached_property
    def ledger(self) -> Ledger:
        """The record of every decision."""
        return open_ledger(self.paths, self.settings)

    @property
    def left_out(self) -> tuple[Span, ...]:
        """Batches that are not learnt from: those of halted nights, which were not fit even to be judged."""
        if self.with_halted:
            return ()
        return tuple(self.windows.calendar.batch(night) for night in sorted(halted_nights(self.ledger)))

    @cached_property
    def suites(self) -> Suites:
        """The expectations, one suite a table."""
        from tasks.adapters.expectations import load_suites

        return load_suites(self.paths.expectations)

    @cached_property
    def features(self) -> FeatureRepository:
        """The feature repository."""
        from tasks.adapters.feature_store import open_feature_store
        from tasks.governance.recorded_code import recorded_code

        # Once a run: a function is called many times, and there is a bundle a night.
        recorded = cache(lambda: recorded_code(self.paths, self.ledger))
        return open_feature_store(self.paths, self.settings.features, recorded)

    @cached_property
    def tracking(self) -> Tracking:
        """MLflow's tracking store and registry."""
        from tasks.adapters.tracking import open_tracking

        return open_tracking(self.paths, self.settings)

    @cached_property
    def digests(self) -> tuple[Digest, ...]:
        """Digests of the batch as it was delivered, a table each."""
        return self.warehouse.delivered_digests(self.windows.batch)

    def trained_on(self, challenger: ModelIdentity | None) -> tuple[DataTable, ...]:
        """The files of the warehouse that a challenger of this run was made from and judged on; none without one."""
        if challenger is None:
            return ()
        return self.warehouse.tables(Span(min(window.first for window in challenger.windows), self.as_of))

    def monitors(self, champion: ServedModel, reference: tuple[Profile, ...]) -> NightlyMonitors:
        """The champion's monitors, fitted to its reference, and where their states are."""
        from tasks.governance.monitor_states import nightly_monitors

        return nightly_monitors(
            self.warehouse,
            self.ledger,
            champion,
            self.checks[Moment.NIGHT],
            reference,
            self.settings.batch.every.a_year,
        )

    def registry(self, champion: ServedModel | None) -> Registry:
        """What it takes to register a challenger of this run."""
        from tasks.governance.keys import load_keys
        from tasks.governance.registration import Registry

        trained_on = self.warehouse.digests(self.windows.history)
        definition = self.features.definition(self.settings.features.service)
        keys = load_keys(self.paths.root, self.settings)
        signer = keys.models if keys else None
        return Registry(self.run, self.run_id(champion), self.tracking, self.warehouse, trained_on, definition, signer)

    @cached_property
    def office(self) -> Office:
        """Where answers to decisions are recorded, and under which rules; its time is now."""
        from tasks.governance.approval import office_of

        return office_of(self.ledger, self.policy, self._settings_content, datetime.now(UTC))

    def phrases(self, service: str) -> Phrases:
        """The phrase book for the features of one service."""
        from tasks.explain.counterfactuals import refuse_derived
        from tasks.explain.phrase_book import load_phrases

        phrases = load_phrases(self.paths.phrases, self.features.schema(service))
        refuse_derived(phrases.actions, self.features.derived(service), str(self.paths.phrases))
        return phrases

    @cached_property
    def run(self) -> Run:
        """What identifies this run."""
        return Run(
            self.paths,
            self.settings,
            self._settings_content,
            self.policy,
            self.as_of,
            self.trigger,
            self.windows,
            self.dry_run,
            self.statements,
            self._statements_content,
            self.user,
        )

    def run_id(self, champion: ServedModel | None) -> str:
        """The run's id, once the batch is landed and the champion is known."""
        digests = tuple(digest.sha256 for digest in self.digests)
        return self.run.identify(champion.identity.digest if champion else "", digests)

    def scratch(self) -> AbstractContextManager[Path]:
        """A directory for half-made files, inside the state directory, gone afterwards."""
        return scratch(self.paths)

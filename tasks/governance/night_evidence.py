"""NightEvidence: what a run found out, before it becomes a record."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.decision import Action, Decision
from tasks.evidence.night_record import Window
from tasks.evidence.profile import Profile
from tasks.evidence.validation import Validation
from tasks.models.explaining import ExplainedRows
from tasks.models.profiles import NightProfiles
from tasks.models.serving import ServedModel


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenger, judged and registered.

    Attributes:
        challenger: the model and its identity.
        decision: what the gate decided.
        reference: its profiles over the test window, one a batch.
        judged_on: the out-of-time rows that the gate judged it on.
    """

    challenger: ServedModel
    decision: Decision
    reference: tuple[Profile, ...]
    judged_on: Window


@dataclass(frozen=True, slots=True)
class JudgedNight:
    """The champion's night.

    Attributes:
        explained: tonight's rows with scores, attributions and reasons.
        profiles: the night's profiles under the champion.
        reference: the champion's profiles over its test window, one a batch.
        decision: what the nightly checks decided.
        guards: what the guards before a retraining decided; None when none was wanted.
        states_before: the monitors' states before the night, as they are stored.
    """

    explained: ExplainedRows
    profiles: NightProfiles
    reference: tuple[Profile, ...]
    decision: Decision
    guards: Decision | None = None
    states_before: bytes = b""

    @property
    def looks(self) -> bool:
        """Whether a challenger in shadow may be looked at: any night but one that keeps must be seen to first."""
        return self.decision.action is Action.KEEP

    @property
    def retrains(self) -> bool:
        """Whether a challenger is to be trained: the night wants it, and no guard holds it back."""
        return (
            self.decision.action is Action.RETRAIN and self.guards is not None and self.guards.action is Action.RETRAIN
        )


@dataclass(frozen=True, slots=True)
class NightEvidence:
    """What a run found out; a part that it never came to is None.

    Attributes:
        bootstrap: True when there was no champion before the run.
        validation: what the expectations said; None when the data could not even be validated.
        unfit: why the data was not fit to go on with, in words; None when it was.
        champion: the model that judged the night.
        night: the champion's night.
        challenge: the challenger of this run.
    """

    bootstrap: bool
    validation: Validation | None = None
    unfit: str | None = None
    champion: ServedModel | None = None
    night: JudgedNight | None = None
    challenge: Challenge | None = None

    @property
    def halts(self) -> bool:
        """Whether the expectations halt the run."""
        return self.validation is not None and bool(self.validation.halts)

    @property
    def before(self) -> ServedModel | None:
        """The champion before the run; None at bootstrap."""
        return None if self.bootstrap else self.champion

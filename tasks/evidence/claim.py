"""Claim: what a model card says of its model in figures, so that a night can contradict it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import model_validator

from tasks.evidence.record import Record


class ClaimMetric(StrEnum):
    """What a claim can be about. Each is measured by `stats.claimed`, whatever checks the policy runs."""

    AUC = "auc"
    BRIER_SKILL = "brier_skill"
    BRIER_SCORE = "brier_score"
    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    CALIBRATION_GAP = "calibration_gap"
    SELECTION_RATIO = "selection_ratio"
    SELECTION_DIFFERENCE = "selection_difference"
    PROTECTED_INPUTS = "protected_inputs"
    INPUTS = "inputs"
    LATE_VALUES = "late_values"

    @property
    def by_group(self) -> bool:
        """Whether it compares the groups of a protected attribute, which the claim then names."""
        return self in (ClaimMetric.SELECTION_RATIO, ClaimMetric.SELECTION_DIFFERENCE)


class Claim(Record):
    """One claim of the card: `[[claims]]` of `governance.toml`. It states one bound or both.

    Attributes:
        says: the claim as a person reads it in the card.
        metric: what it is about.
        by: the protected attribute whose groups are compared; for a metric by group only.
        at_least: smallest value that the claim allows, in the metric's unit.
        at_most: largest value that it allows.
    """

    says: str
    metric: ClaimMetric
    by: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if not self.says.strip():
            raise ValueError("expected the claim in words, received none; write says")
        if self.at_least is None and self.at_most is None:
            raise ValueError("expected at_least, at_most or both, received neither; a claim without a bound is none")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"expected at_least ({self.at_least}) not above at_most ({self.at_most}); correct one")
        if self.metric.by_group and not self.by:
            raise ValueError(f"{self.metric} compares groups: expected by, the protected attribute; add it")
        if self.by and not self.metric.by_group:
            raise ValueError(f"{self.metric} compares no groups, received by = '{self.by}'; remove it")
        return self

    @property
    def subject(self) -> str:
        """The claim in a word or two, for a finding."""
        return f"{self.metric} by {self.by}" if self.by else str(self.metric)

    @property
    def bound(self) -> str:
        """The bounds in words."""
        parts = [f"at least {self.at_least:g}" if self.at_least is not None else "",
                 f"at most {self.at_most:g}" if self.at_most is not None else ""]  # fmt: skip
        return " and ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a check may know of the card.

    Attributes:
        claims: what the card claims.
        protected_inputs: protected attributes that are inputs of the judged model.
    """

    claims: tuple[Claim, ...] = ()
    protected_inputs: tuple[str, ...] = ()

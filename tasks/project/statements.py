"""Statements: what people, not evidence, must say of a model and its data; read from `governance.toml`."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

from pydantic import Field, model_validator

from tasks.evidence.claim import Claim
from tasks.project.settings import Settings
from tasks.project.toml_file import read_toml


class MotivationStatements(Settings):
    """`[dataset.motivation]`: why the data set was made.

    Attributes:
        purpose: the task it was made for.
        creators: who made it, for whom.
        funding: who paid for it.
    """

    purpose: str = ""
    creators: str = ""
    funding: str = ""


class CompositionStatements(Settings):
    """`[dataset.composition]`: what is in it, beyond what the evidence counts.

    Attributes:
        instances: what one row stands for.
        sampling: whether it is all there is, or a sample, and of what.
        missing_information: what is missing and why.
        errors: known errors, noise and repetitions.
        external: what outside the data set it relies on.
        confidential: whether it holds what is confidential, or could offend.
        people: how far persons can be told from it, alone or with other data.
        sensitive: what in it is sensitive.
    """

    instances: str = ""
    sampling: str = ""
    missing_information: str = ""
    errors: str = ""
    external: str = ""
    confidential: str = ""
    people: str = ""
    sensitive: str = ""


class CollectionStatements(Settings):
    """`[dataset.collection]`: how it came about.

    Attributes:
        acquired: how each value was come by: observed, reported, inferred.
        collectors: who collected it, and how they were paid.
        ethical_review: what review there was.
        consent: whether the persons were told and agreed, and how they can withdraw.
        impact: whether the effect on the persons was assessed.
    """

    acquired: str = ""
    collectors: str = ""
    ethical_review: str = ""
    consent: str = ""
    impact: str = ""


class PreprocessingStatements(Settings):
    """`[dataset.preprocessing]`: what was done before Assay received it.

    Attributes:
        done: cleaning and labelling.
        labelling: how the label is decided.
        software: what did it, and where that is.
    """

    done: str = ""
    labelling: str = ""
    software: str = ""


class UsesStatements(Settings):
    """`[dataset.uses]`: what it is used for.

    Attributes:
        other: other tasks it is or could be used for.
        risks: what in it could harm a later use, and how to avoid that.
        not_for: tasks it should not be used for.
    """

    other: str = ""
    risks: str = ""
    not_for: str = ""


class DistributionStatements(Settings):
    """`[dataset.distribution]`: who gets it.

    Attributes:
        recipients: third parties that get it.
        how: how and since when.
        licence: its terms.
        restrictions: what law or other parties restrict.
    """

    recipients: str = ""
    how: str = ""
    licence: str = ""
    restrictions: str = ""


class MaintenanceStatements(Settings):
    """`[dataset.maintenance]`: who keeps it.

    Attributes:
        maintainer: who keeps it, and how to reach them.
        errata: where errors are told and corrected.
        updates: how often it grows or changes, and who is told.
        retention: how long rows of persons are kept.
        versions: whether older versions are kept.
        contributions: how others can add to it.
    """

    maintainer: str = ""
    errata: str = ""
    updates: str = ""
    retention: str = ""
    versions: str = ""
    contributions: str = ""


class DatasetStatements(Settings):
    """`[dataset]`: the seven groups of questions of a datasheet (Gebru et al. 2018), as far as only people know."""

    motivation: MotivationStatements = MotivationStatements()
    composition: CompositionStatements = CompositionStatements()
    collection: CollectionStatements = CollectionStatements()
    preprocessing: PreprocessingStatements = PreprocessingStatements()
    uses: UsesStatements = UsesStatements()
    distribution: DistributionStatements = DistributionStatements()
    maintenance: MaintenanceStatements = MaintenanceStatements()


class ManualTest(Settings):
    """`[[manual_tests]]`: a test of the ML Test Score that people do by hand; it counts half.

    Attributes:
        test: its id ('model-2').
        done_by: who did it.
        on: when.
        reference: where it is written up.
    """

    test: str
    done_by: str = Field(min_length=1)
    on: date
    reference: str = Field(min_length=1)


class Statements(Settings):
    """`governance.toml`. Everything is optional; what is missing is shown as not provided, never invented.

    Attributes:
        owner: who answers for the model.
        contact: where questions go.
        licence: under which terms the model may be used.
        language: language of the card and of texts in the data, ISO 639-1 ('en').
        tags: words to find the model by.
        intended_use: what it is for.
        intended_users: who may use it.
        out_of_scope: uses that it is not made for.
        factors: groups, instruments and settings that matter and why.
        ethical_considerations: risks to people, and what was done about them.
        caveats: what a reader should know that the evidence does not show.
        recommendations: advice for use.
        claims: what the card claims in figures; see `Claim`.
        dataset: what people say of the data set.
        manual_tests: tests of the ML Test Score that people do by hand.
    """

    owner: str = ""
    contact: str = ""
    licence: str = ""
    language: str = Field(default="", pattern="^([a-z]{2,3})?$")
    tags: tuple[str, ...] = ()
    intended_use: str = ""
    intended_users: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    factors: str = ""
    ethical_considerations: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    dataset: DatasetStatements = DatasetStatements()
    manual_tests: tuple[ManualTest, ...] = ()

    @model_validator(mode="after")
    def _each_claim_once(self) -> Statements:
        twice = sorted(name for name, times in Counter(claim.subject for claim in self.claims).items() if times > 1)
        if twice:
            raise ValueError(f"expected one claim a metric and attribute, received several of {twice}; join them")
        return self


def load_statements(path: Path) -> Statements:
    """Read `governance.toml`; a missing file means that nothing was provided.

    Raises:
        ConfigurationError: the file has faults; all of them are reported together.
    """
    return read_toml(path, Statements) if path.exists() else Statements()


def parse_statements(content: bytes) -> Statements:
    """Statements from bytes that `load_statements` accepted before, such as a bundle's `governance.toml`.

    Raises:
        ValueError: they are no statements.
    """
    return Statements.model_validate(tomllib.loads(content.decode()))


def claim_faults(statements: Statements, protected: tuple[str, ...]) -> tuple[str, ...]:
    """Claims that name an attribute which the project does not have.

    Args:
        statements: `governance.toml`.
        protected: protected attributes of the project.
    """
    return tuple(
        f"claims.{place}.by: expected one of the protected attributes {list(protected)}, received '{claim.by}'; "
        "correct it, or declare it in columns.protected of assay.toml"
        for place, claim in enumerate(statements.claims)
        if claim.by and claim.by not in protected
    )

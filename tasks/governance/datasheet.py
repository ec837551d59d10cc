"""The datasheet: the seven groups of questions of Gebru et al. (2018) about the data a model was made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.evidence.data_table import DataTable
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.evidence.schema import Kind
from tasks.project.settings import ColumnsSection
from tasks.project.statements import Statements
from tasks.report.figures import count
from tasks.report.lineage import digest_table, window_table
from tasks.report.markdown import markdown_environment
from tasks.report.tables import Fact, Table

#: Groups in the order of the paper, each with the keys of its statements and the questions in our own words.
_QUESTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "motivation": (
        "Motivation",
        {"purpose": "What was it made for?", "creators": "Who made it, and for whom?", "funding": "Who paid for it?"},
    ),
    "composition": (
        "Composition",
        {
            "instances": "What does one row stand for?",
            "sampling": "Is it all there is, or a sample of what?",
            "missing_information": "What is missing, and why?",
            "errors": "Which errors, noise or repetitions are known?",
            "external": "What outside it does it rely on?",
            "confidential": "Is anything confidential, or could it offend?",
            "people": "Can persons be told from it, alone or with other data?",
            "sensitive": "What in it is sensitive?",
        },
    ),
    "collection": (
        "Collection process",
        {
            "acquired": "How was each value come by?",
            "collectors": "Who collected it, and how were they paid?",
            "ethical_review": "Was there an ethical review?",
            "consent": "Were the persons told, did they agree, and can they withdraw?",
            "impact": "Was the effect on the persons assessed?",
        },
    ),
    "preprocessing": (
        "Preprocessing, cleaning, labelling",
        {
            "done": "What was done before it was delivered?",
            "labelling": "How is the label decided?",
            "software": "Which software did it, and where is that?",
        },
    ),
    "uses": (
        "Uses",
        {
            "other": "What else is it used for, or could be?",
            "risks": "What in it could harm a later use, and how is that avoided?",
            "not_for": "What should it not be used for?",
        },
    ),
    "distribution": (
        "Distribution",
        {
            "recipients": "Which third parties get it?",
            "how": "How, and since when?",
            "licence": "Under which terms?",
            "restrictions": "What do law or other parties restrict?",
        },
    ),
    "maintenance": (
        "Maintenance",
        {
            "maintainer": "Who keeps it, and how can they be reached?",
            "errata": "Where are errors told and corrected?",
            "updates": "How often does it change, and who is told?",
            "retention": "How long are rows of persons kept?",
            "versions": "Are older versions kept?",
            "contributions": "How can others add to it?",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with what people answered.

    Attributes:
        question: in words.
        key: its key in `governance.toml`.
        answer: empty where nobody answered.
    """

    question: str
    key: str
    answer: str


@dataclass(frozen=True, slots=True)
class Group:
    """One group of questions.

    Attributes:
        title: as in the paper.
        facts: what the evidence answers.
        tables: what the evidence answers in tables.
        answers: what people answer.
    """

    title: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    answers: tuple[Answer, ...]


def datasheet(
    record: NightRecord,
    columns: ColumnsSection,
    service_definition: str,
    statements: Statements,
    tables: tuple[DataTable, ...] = (),
) -> str:
    """Write the datasheet of the data that the model of a run was made from and judged on.

    Args:
        record: the run.
        columns: which role each column plays.
        service_definition: the feature service, as JSON.
        statements: what people said.
        tables: the files of the training; empty where the run trained nothing.

    Returns:
        Markdown; whatever comes from data or from people is shown as text, never as markup.

    Raises:
        ValueError: the run had no model.

    Source: Gebru et al., Datasheets for Datasets, 2018 (Communications of the ACM 64, 2021).
    """
    model = record.challenger or record.champion
    if model is None:
        raise ValueError(f"expected a run with a model, but run {record.run} of {record.as_of} had no data to describe")
    evidence = _Evidence(record, model, columns, service_definition, tables)
    groups = tuple(
        Group(title, *evidence.of(key), tuple(_answers(key, questions, statements)))
        for key, (title, questions) in _QUESTIONS.items()
    )
    missing = tuple(one.key for group in groups for one in group.answers if not one.answer)
    template = markdown_environment().get_template("datasheet.md")
    return template.render(record=record, model=model, groups=groups, missing=missing)


def _answers(key: str, questions: dict[str, str], statements: Statements) -> Iterator[Answer]:
    said = getattr(statements.dataset, key)
    for name, question in questions.items():
        yield Answer(question, f"dataset.{key}.{name}", getattr(said, name))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a run knows of its data, by group of questions."""

    record: NightRecord
    model: ModelIdentity
    columns: ColumnsSection
    service_definition: str
    tables: tuple[DataTable, ...]

    def of(self, group: str) -> tuple[tuple[Fact, ...], tuple[Table, ...]]:
        """Facts and tables of a group; groups on which evidence is silent have none."""
        match group:
            case "composition":
                return self._composition()
            case "collection":
                return self._collection(), ()
            case "preprocessing":
                return self._preprocessing()
            case "uses":
                return self._uses(), ()
            case "maintenance":
                return self._maintenance()
            case _:
                return (), ()

    def _composition(self) -> tuple[tuple[Fact, ...], tuple[Table, ...]]:
        features = self.model.inputs.features
        numeric = sum(feature.kind is Kind.NUMERIC for feature in features)
        sampled = self.columns.propensity
        facts = (
            Fact("Label", f"1 means: {self.record.outcome}; 0 that it did not happen; none that it is not known"),
            Fact("Inputs", f"{len(features)}: {numeric} numbers and {len(features) - numeric} categories"),
            Fact("Groups of people", f"by {', '.join(self.columns.protected)}" if self.columns.protected else "none"),
            Fact(
                "Which rows ever get a label",
                f"not all: with a probability that the column {sampled} tells" if sampled else "every row, in time",
            ),
            Fact("Recommended splits", "by time, as below: every test row is later than every training row"),
        )
        return facts, (window_table(self.model), *self._files())

    def _files(self) -> tuple[Table, ...]:
        if not self.tables:
            return ()
        rows = tuple((one.name, count(len(one.files)), count(one.rows), count(len(one.columns))) for one in self.tables)
        return (Table(("Table", "Files", "Rows", "Columns"), rows, (False, True, True, True)),)

    def _collection(self) -> tuple[Fact, ...]:
        days = f"{min(one.first for one in self.model.windows)} to {max(one.last for one in self.model.windows)}"
        arrived = self.columns.arrived_timestamp or "the event: no later time is recorded"
        return (
            Fact("Rows of the model are from", days),
            Fact("A row happened at", self.columns.event_timestamp),
            Fact("It became known at", arrived),
            Fact("Its label became known at", self.columns.outcome_timestamp or "the event"),
        )

    def _preprocessing(self) -> tuple[tuple[Fact, ...], tuple[Table, ...]]:
        views = json.loads(self.service_definition).get("views", [])
        derived = [field["name"] for view in views if view.get("derived_from") for field in view.get("features", [])]
        facts = (
            Fact("Inputs computed from others", ", ".join(derived) if derived else "none"),
            Fact("Raw deliveries", "kept as they came, beside what was admitted of them and what was set aside"),
        )
        if self.record.validation is None:
            return facts, ()
        rows = tuple(
            (one.table, count(one.rows), count(one.valid), count(one.quarantined))
            for one in self.record.validation.tables
        )
        return facts, (Table(("Tonight", "Rows in", "Valid", "Set aside"), rows, (False, True, True, True)),)

    def _uses(self) -> tuple[Fact, ...]:
        above, below = self.record.actions
        return (
            Fact("Used for", f"{self.model.name}, version {self.model.version}, which decides ‘{above}’ or ‘{below}’"),
        )

    def _maintenance(self) -> tuple[tuple[Fact, ...], tuple[Table, ...]]:
        facts = (Fact("It grows", f"with every batch; this is its state in the night of {self.record.as_of}"),)
        return facts, (digest_table(self.record),) if self.record.digests else ()

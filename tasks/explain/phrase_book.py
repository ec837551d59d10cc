"""The phrase book: `feature_repo/phrases.toml`, the plain words of a project, read with every fault of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationError

from tasks.evidence.reason_rules import ReasonRules
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.explain.actions import Action, Direction
from tasks.project.errors import ConfigurationError
from tasks.project.toml_file import fault, parse_toml

#: The table of the phrase book that holds no feature.
_GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Features that say the same thing, told as one reason.

    Attributes:
        name: of the group.
        members: the features of the schema that are in it, in its order.
        raises: said when they pushed the score up together; None says the words of the strongest of them.
        lowers: the same for down.
    """

    name: str
    members: tuple[str, ...]
    raises: str | None = None
    lowers: str | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Plain words for the features of a schema, each tuple of words in its order.

    Attributes:
        names: the features.
        labels: what a reader calls them.
        raises: said when the feature pushed the score up; follows 'because'.
        lowers: said when it pushed the score down.
        groups: features that are told as one.
        fixed: features that a person could not have another value of, never told as a reason.
        actions: what a person could have otherwise.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    raises: tuple[str, ...]
    lowers: tuple[str, ...]
    groups: tuple[PhraseGroup, ...] = ()
    fixed: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()

    def rules(self, protected: tuple[str, ...]) -> ReasonRules:
        """What may be told as a reason.

        Args:
            protected: names of the protected attributes, which never are.
        """
        return ReasonRules(tuple(group.members for group in self.groups), (*protected, *self.fixed))


class _Table(BaseModel):
    """A table of the file: what is not expected in it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Action(_Table):
    """`[NAME.action]`: what a person could have otherwise."""

    change: Direction | None = None
    least: float | None = None
    most: float | None = None
    step: float | None = Field(default=None, gt=0)
    by: float | None = Field(default=None, gt=0)
    options: tuple[StrictStr | StrictInt | StrictFloat, ...] | None = Field(default=None, min_length=1)
    unit: str = ""

    @property
    def categories(self) -> bool:
        return bool(self.options) and all(isinstance(one, str) for one in self.options or ())

    def faults(self) -> Iterator[str]:
        """What cannot be meant, whatever feature it is of."""
        if self.options is not None:
            yield from self._faults_of_options(self.options)
            return
        if self.change is None:
            yield "expected change = 'increase', 'decrease' or 'any' (or options), found none; add it"
        if self.step is None:
            yield "expected step, the size of the steps in which a person can change it, found none; add it"
        if self.least is None and self.change in (Direction.DECREASE, Direction.ANY):
            yield "expected least, the lowest value that may be proposed, found none; add it"
        if self.most is None and self.change in (Direction.INCREASE, Direction.ANY):
            yield "expected most, the highest value that may be proposed, found none; add it"
        if self.least is not None and self.most is not None and self.least >= self.most:
            yield f"expected least below most, received {self.least:g} and {self.most:g}; correct one"

    def _faults_of_options(self, options: tuple[str | float, ...]) -> Iterator[str]:
        texts = sum(isinstance(one, str) for one in options)
        if 0 < texts < len(options):
            yield "options: expected texts or numbers, received both; write all as one"
        bounds: dict[str, float | str | None] = {"least": self.least, "most": self.most, "step": self.step}
        if texts:
            bounds |= {"by": self.by, "change": None if self.change is Direction.ANY else self.change}
        given = [name for name, value in bounds.items() if value is not None]
        if given:
            yield f"expected options or {', '.join(given)}, received both; remove one: options are all there is"

    def of(self, name: str, label: str) -> Action:
        """The action of a feature."""
        options = self.options or ()
        return Action(
            feature=name,
            label=label,
            direction=self.change or Direction.ANY,
            least=self.least,
            most=self.most,
            step=self.step or 0.0,
            by=self.by,
            values=tuple(sorted(float(one) for one in options if not isinstance(one, str))),
            levels=tuple(dict.fromkeys(one for one in options if isinstance(one, str))),
            unit=self.unit,
        )


class _Words(_Table):
    """`[groups.NAME]`: the words of a group."""

    label: str = Field(min_length=1)
    raises: str = Field(min_length=1)
    lowers: str = Field(min_length=1)


class _Entry(_Words):
    """`[NAME]`: one feature."""

    group: str | None = Field(default=None, min_length=1)
    fixed: bool = False
    action: _Action | None = None

    def faults(self, kind: Kind | None) -> Iterator[str]:
        """What cannot be meant of a feature of this kind; None where the kind is not known."""
        if self.fixed and self.action:
            yield ".fixed: expected fixed or an action, received both; what can be changed is not fixed: remove one"
        if self.fixed and self.group:
            yield ".fixed: expected fixed or a group, received both; what is fixed is told in no group: remove one"
        if self.action is None:
            return
        yield from (f".action: {one}" for one in self.action.faults())
        if kind is Kind.CATEGORICAL and not self.action.categories:
            yield ".action: expected options of text, since the feature is a category; list those that may be proposed"
        if kind is Kind.NUMERIC and self.action.categories:
            yield ".action: expected numbers, since the feature is one, received options of text; write numbers"


@dataclass(frozen=True, slots=True)
class _Book:
    """The tables of the file that can be read."""

    entries: dict[str, _Entry]
    groups: dict[str, _Words]


def load_phrases(path: Path, schema: FeatureSchema) -> Phrases:
    """Read the phrase book (`feature_repo/phrases.toml`): a table for each feature, as `docs/reasons.md` describes it.

    A feature that has no table, or a project that has no phrase book, is spoken of by the feature's name: 'income
    raised the score'; a person could not change it, as far as is known. A table for a feature that is not in the schema
    is left alone: it may belong to another service.

    Raises:
        ConfigurationError: not TOML, a table without one of the words, or with an empty one, an unknown key, or an
            action or group that cannot be meant; all faults together.
    """
    content = parse_toml(path) if path.exists() else {}
    faults: list[str] = []
    book = _read(content, faults)
    kinds = {feature.name: feature.kind for feature in schema.features}
    faults += [f"{name}{one}" for name, entry in book.entries.items() for one in entry.faults(kinds.get(name))]
    faults += _faults_of_groups(book, set(content) | set(schema.names))
    if faults:
        raise ConfigurationError(str(path), faults)
    entries = [book.entries.get(name) or _by_name(name) for name in schema.names]
    pairs = list(zip(schema.names, entries, strict=True))
    return Phrases(
        names=schema.names,
        labels=tuple(entry.label for entry in entries),
        raises=tuple(entry.raises for entry in entries),
        lowers=tuple(entry.lowers for entry in entries),
        groups=_groups(pairs, book.groups),
        fixed=tuple(name for name, entry in pairs if entry.fixed),
        actions=tuple(entry.action.of(name, entry.label) for name, entry in pairs if entry.action),
    )


def _read(content: dict[str, Any], faults: list[str]) -> _Book:
    groups = content.get(_GROUPS, {})
    if not isinstance(groups, dict):
        faults.append(f"{_GROUPS}: expected a table [groups.NAME] for each group, received {groups!r}")
        groups = {}
    entries = {name: _table(name, table, _Entry, faults) for name, table in content.items() if name != _GROUPS}
    words = {name: _table(f"{_GROUPS}.{name}", table, _Words, faults) for name, table in groups.items()}
    return _Book(
        {name: entry for name, entry in entries.items() if entry}, {name: each for name, each in words.items() if each}
    )


Table = TypeVar("Table", bound=_Table)


def _table(name: str, table: object, model: type[Table], faults: list[str]) -> Table | None:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        for detail in error.errors():
            detail["loc"] = (name, *detail["loc"])
            faults.append(fault(detail))
        return None


def _faults_of_groups(book: _Book, names: set[str]) -> Iterator[str]:
    members = Counter(entry.group for entry in book.entries.values() if entry.group)
    for name, count in members.items():
        if count == 1 and name not in book.groups:
            yield f"group '{name}': expected two features or more, found one; correct its spelling, or remove it"
    for name in book.groups:
        if name not in members:
            yield f"groups.{name}: expected features with group = '{name}', found none; name it in theirs, or remove it"
    for name in sorted((set(members) | set(book.groups)) & names):
        yield f"group '{name}': expected a name of its own, but a feature has it; rename the group"


def _groups(pairs: list[tuple[str, _Entry]], words: dict[str, _Words]) -> tuple[PhraseGroup, ...]:
    names = dict.fromkeys(entry.group for _, entry in pairs if entry.group)
    return tuple(
        PhraseGroup(
            name=group,
            members=tuple(name for name, entry in pairs if entry.group == group),
            raises=words[group].raises if group in words else None,
            lowers=words[group].lowers if group in words else None,
        )
        for group in names
        if group
    )


def _by_name(name: str) -> _Entry:
    plain = name.replace("_", " ")
    return _Entry(label=plain, raises=f"{plain} raised the score", lowers=f"{plain} lowered the score")

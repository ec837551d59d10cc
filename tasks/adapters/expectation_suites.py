"""The suites of a project: `expectations/<table>.yaml`, read strictly, with every fault of every file in one error.

Great Expectations logs an expectation that it does not understand and goes on without it; a suite that lost its last
one passes everything. So each expectation is built here by itself, and the finished suite is counted against the file.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from tasks.evidence.validation import Severity
from tasks.project.errors import ConfigurationError

#: The table that every project must have a suite for.
REQUIRED = "rows"

#: These compare with a database; Assay validates frames. Left in, they would fail every night.
_NEED_SQL = frozenset(
    {
        "expect_column_values_to_match_like_pattern",
        "expect_column_values_to_match_like_pattern_list",
        "expect_column_values_to_not_match_like_pattern",
        "expect_column_values_to_not_match_like_pattern_list",
        "expect_query_results_to_match_comparison",
        "expect_table_row_count_to_equal_other_table",
        "unexpected_rows_expectation",
    }
)

#: Arguments that steer Great Expectations and are not part of what is expected.
_NOT_ARGUMENTS = frozenset(
    {"batch_id", "catch_exceptions", "condition_parser", "description", "id", "meta", "notes", "rendered_content"}
    | {"result_format", "severity", "windows"}
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation of a suite.

    Attributes:
        kind: its type, for example `expect_column_values_to_be_between`.
        severity: what breaking it means.
        kwargs: its arguments, as written.
        reason: why it is there, in the words of the suite's author; may be empty.
        row_level: it judges each row by itself, so it can send rows to quarantine.
    """

    kind: str
    severity: Severity
    kwargs: Mapping[str, Any]
    reason: str
    row_level: bool


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations on one table.

    Attributes:
        table: `rows`, `labels`, or a feature table.
        expectations: in the order of the file.
        built: the same as Great Expectations objects, each with its position in its `meta`.
    """

    table: str
    expectations: tuple[Expectation, ...]
    built: tuple[Any, ...] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Suites:
    """All suites of a project.

    Attributes:
        suites: one a table, by table name.
        digest: SHA-256 over the names and bytes of the files.
    """

    suites: tuple[Suite, ...]
    digest: str

    def of(self, table: str) -> Suite | None:
        """The suite of a table; None when it has none."""
        return next((suite for suite in self.suites if suite.table == table), None)


def quiet_great_expectations() -> None:
    """Import Great Expectations with analytics and messages off. Costs 4 to 5 CPU seconds the first time."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    import great_expectations  # noqa: F401  registers the expectations


def load_suites(directory: Path) -> Suites:
    """Read every suite of `directory`; other files (policy.toml) are left alone.

    Args:
        directory: the project's `expectations/`.

    Raises:
        ConfigurationError: `rows.yaml` is missing, or a file is not YAML, or an expectation has an unknown type, a bad
            severity, bad arguments or unknown keys. Every fault of every file is in the one error.
    """
    paths = sorted(directory.glob("*.yaml"))
    faults = [f"{path.name}: expected the ending .yaml; rename it" for path in sorted(directory.glob("*.yml"))]
    if REQUIRED not in {path.stem for path in paths}:
        faults.append(f"{REQUIRED}.yaml: expected this file, found none; without it every row would pass, so write it")
    digest = hashlib.sha256()
    suites = []
    if paths:
        quiet_great_expectations()
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            faults.append(f"{path.name}: expected a readable file, but: {error.strerror}")
            continue
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
        suite, found = _read_suite(path.stem, content)
        faults += [f"{path.name}: {fault}" for fault in found]
        suites.append(suite)
    if faults:
        raise ConfigurationError(str(directory), faults)
    return Suites(suites=tuple(suites), digest=digest.hexdigest())


class _StrictLoader(yaml.SafeLoader):
    """YAML, except that a key given twice is an error: the first of the two would silently vanish."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_suite(table: str, content: bytes) -> tuple[Suite, list[str]]:
    nothing = Suite(table, (), ())
    try:
        document = yaml.load(content.decode("utf-8"), _StrictLoader)  # noqa: S506  a SafeLoader, stricter
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return nothing, [f"expected YAML in UTF-8, but: {' '.join(str(error).split())}"]
    if not isinstance(document, dict):
        return nothing, ["expected the keys name and expectations, found neither"]
    faults = _unknown(document, {"name", "expectations"})
    if document.get("name") != table:
        faults.append(f"name: expected {table!r}, as the file is called, received {document.get('name')!r}")
    entries = document.get("expectations")
    if not isinstance(entries, list) or not entries:
        return nothing, [*faults, "expectations: expected a list of at least one; an empty suite passes everything"]
    expectations, built = [], []
    for position, entry in enumerate(entries):
        expectation, found = _read_expectation(entry, f"expectation {position + 1}")
        faults += found
        if expectation is not None:
            expectations.append(expectation)
            built.append(_build(expectation, position))
    if not faults:
        _assert_whole(table, len(entries), built)
    return Suite(table, tuple(expectations), tuple(built)), faults


def _read_expectation(entry: object, where: str) -> tuple[Expectation | None, list[str]]:
    if not isinstance(entry, dict):
        return None, [f"{where}: expected the keys type, severity and kwargs, received {entry!r}"]
    kind = entry.get("type")
    where = f"{where} ({kind})" if isinstance(kind, str) else where
    faults = _unknown(entry, {"type", "severity", "kwargs", "meta"}, where)
    severity, meta, kwargs = entry.get("severity"), entry.get("meta", {}), entry.get("kwargs", {})
    if severity not in list(Severity):
        faults.append(f"{where}: severity: expected critical, warning or info, received {severity!r}")
    if isinstance(meta, dict):
        faults += _unknown(meta, {"reason"}, f"{where}: meta")
    else:
        faults.append(f"{where}: meta: expected the key reason, received {meta!r}")
    faults += [f"{where}: {fault}" for fault in _faults_of_arguments(kind, kwargs)]
    if faults:
        return None, faults
    assert isinstance(kind, str)  # noqa: S101  an unknown type is among the faults
    reason, row_level = str(meta.get("reason", "")), issubclass(_implementation(kind), _map_classes())
    return Expectation(kind, Severity(str(severity)), _canonical(kwargs), reason, row_level), []


def _faults_of_arguments(kind: object, kwargs: object) -> list[str]:
    if not isinstance(kind, str) or _implementation(kind) is None:
        return [f"type: expected an expectation that Great Expectations knows, received {kind!r}; correct its spelling"]
    if kind in _NEED_SQL:
        return ["type: this one needs a SQL database, and Assay validates frames; use another"]
    if not isinstance(kwargs, dict):
        return [f"kwargs: expected arguments by name, received {kwargs!r}"]
    steering = sorted(_NOT_ARGUMENTS & kwargs.keys())
    if steering:
        return [f"kwargs: {name}: not an argument of an expectation; remove it" for name in steering]
    return _refusals(kind, kwargs) or _faults_of_range(kind, kwargs)


def _faults_of_range(kind: str, kwargs: dict[str, Any]) -> list[str]:
    """A range that nothing can be in, or that everything is in: Great Expectations says so only when it runs."""
    if not kind.endswith("_to_be_between") or kind == "expect_column_quantile_values_to_be_between":
        return []
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is None and high is None:
        return ["kwargs: expected min_value, max_value or both, found neither"]
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        return [f"kwargs: expected min_value <= max_value, received {low} and {high}"]
    return []


def _refusals(kind: str, kwargs: dict[str, Any]) -> list[str]:
    from great_expectations.compatibility.pydantic import ValidationError

    try:
        _implementation(kind)(**_for_great_expectations(_canonical(kwargs)))
    except ValidationError as error:
        return [f"kwargs: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    except (TypeError, ValueError) as error:
        return [f"kwargs: {error}"]
    return []


def _canonical(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Bare dates of YAML as instants: all timestamps of Assay are UTC, and a naive one cannot be compared with them."""
    return {name: _instant(value) if name in {"min_value", "max_value"} else value for name, value in kwargs.items()}


def _instant(value: object) -> object:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC).isoformat()
    return value


def _for_great_expectations(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    parser = {"condition_parser": "pandas"} if "row_condition" in kwargs else {}
    return dict(kwargs) | parser


def _build(expectation: Expectation, position: int) -> Any:  # noqa: ANN401  Great Expectations is not typed here
    return _implementation(expectation.kind)(
        **_for_great_expectations(expectation.kwargs),
        severity=expectation.severity.value,
        meta={"position": position},
    )


def _assert_whole(table: str, expected: int, built: list[Any]) -> None:
    """Great Expectations drops what it does not understand without an error: count."""
    from great_expectations.core.expectation_suite import ExpectationSuite

    kept = ExpectationSuite(name=table, expectations=built).expectations
    if len(kept) != expected or len(built) != expected:
        raise ConfigurationError(f"{table}.yaml", [f"expected {expected} expectations in the suite, found {len(kept)}"])


def _implementation(kind: str) -> Any:  # noqa: ANN401  a class of Great Expectations, or None
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        return get_expectation_impl(kind)
    except ExpectationNotFoundError:
        return None


def _map_classes() -> tuple[Any, ...]:
    from great_expectations.expectations import expectation as bases

    return (bases.ColumnMapExpectation, bases.ColumnPairMapExpectation, bases.MulticolumnMapExpectation)


def _unknown(content: dict[Any, Any], known: set[str], where: str = "") -> list[str]:
    extra = sorted(str(key) for key in content.keys() - known)
    at = f"{where}: " if where else ""
    return [f"{at}{key}: unknown key; remove it or correct its spelling" for key in extra]

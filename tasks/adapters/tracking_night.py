"""A night in MLflow's terms: which figures become metrics and which facts become tags. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from tasks.evidence.finding import Outcome
from tasks.evidence.night_record import Metric, ModelIdentity, NightRecord

#: A named value, in the order in which it is logged.
Pair = tuple[str, str]

_NOT_IN_A_NAME = re.compile(r"[^\w.\- :/]")


def metric_name(name: str) -> str:
    """A name that MLflow takes: letters, digits and `_ . - : /`, at most 250; 'origin=B' becomes 'origin:B'."""
    cleaned = _NOT_IN_A_NAME.sub("_", name.replace("=", ":"))
    # MLflow may use a name as a path, and refuses one that would lead elsewhere.
    parts = (part.strip() for part in cleaned[:250].split("/"))
    return "/".join(part for part in parts if part.strip(".")) or "_"


def figures(metrics: Iterable[Metric]) -> Iterator[tuple[str, float]]:
    """Each metric, and the ends of its interval as `name.low` and `name.high`."""
    for metric in metrics:
        name = metric_name(metric.name)
        yield name, metric.value
        if metric.interval is not None:
            yield f"{name}.low", metric.interval.low
            yield f"{name}.high", metric.interval.high


def night_figures(record: NightRecord) -> tuple[tuple[str, float], ...]:
    """The night's counts, its metrics, and the estimate of every finding as `code/subject`."""
    return tuple(_night_figures(record))


def night_tags(record: NightRecord) -> tuple[Pair, ...]:
    """What was decided, about which model, under which files."""
    tags = [
        ("assay.night", record.as_of.isoformat()),
        ("assay.run", record.run),
        ("assay.trigger", record.trigger),
        ("assay.action", record.action.value),
        ("assay.exit_code", str(int(record.exit_code))),
        ("assay.reasons", " ".join(record.reasons)),
        ("assay.policy", record.policy_digest),
        ("assay.settings", record.settings_digest),
        ("assay.code_version", record.code_version),
        ("assay.seed", str(record.seed)),
    ]
    return (*tags, *_model_tags("champion", record.champion), *_model_tags("challenger", record.challenger))


def _model_tags(role: str, model: ModelIdentity | None) -> tuple[Pair, ...]:
    if model is None:
        return ()
    return (
        (f"assay.{role}", f"{model.name}/{model.version}"),
        (f"assay.{role}.digest", model.digest),
        (f"assay.{role}.feature_service", model.inputs.service),
    )


def _night_figures(record: NightRecord) -> Iterator[tuple[str, float]]:
    yield "rows", float(record.rows)
    yield "unfavourable", float(record.unfavourable)
    for table in record.validation.tables if record.validation else ():
        yield metric_name(f"validation/{table.table}/rows"), float(table.rows)
        yield metric_name(f"validation/{table.table}/quarantined"), float(table.quarantined)
    yield from figures(record.metrics)
    for decision in record.decisions:
        moment = decision.moment
        outcomes = Counter(finding.outcome for finding in decision.findings)
        for outcome in Outcome:
            yield f"{moment}/findings/{outcome.value}", float(outcomes[outcome])
        for finding in decision.findings:
            if finding.estimate is not None:
                yield metric_name(f"{moment}/{finding.code}/{finding.subject}"), finding.estimate

"""Metadata of a model card, as Hugging Face reads it: YAML before the text."""

from __future__ import annotations

import json
import re
from typing import Any

from tasks.evidence.decision import Decision
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.project.statements import Statements

#: What Hugging Face calls the figures that a card has.
_METRICS = {
    "AUC": "roc_auc",
    "Brier score": "brier_score",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
}
#: Licences that it knows by these names; any other is `other`, with its own name beside it.
_LICENCES = frozenset(
    {"apache-2.0", "mit", "bsd-3-clause", "gpl-3.0", "agpl-3.0", "lgpl-3.0", "mpl-2.0", "cc0-1.0", "cc-by-4.0",
     "cc-by-sa-4.0", "cc-by-nc-4.0", "openrail"}
)  # fmt: skip
#: A line of a YAML document of one value a line: a key, the dashes of a list, or both, then the value.
_VALUE = re.compile(r"^(?P<before>\s*(?:- )*(?:[A-Za-z_-]+: )?)(?P<value>.+)$")
#: What HTML or Markdown would act on, but not the underscore of names.
_ACTIVE = re.compile(r"[<>&\[\]`*|#!]")
#: The same, and what YAML does not take as it is.
_ESCAPED = re.compile(r"[<>&\[\]`*|#!]|[^ -~\u00a0-\ud7ff]")
_TASK = "tabular-classification"


def front_matter(record: NightRecord, model: ModelIdentity, decision: Decision | None, statements: Statements) -> str:
    """The metadata as YAML between two lines of `---`; what nobody said is a comment that names its key.

    Figures are those of the check `performance` in the decision on the model, whatever their outcome; a figure that
    Hugging Face has no name for is in the card and not here.

    Args:
        record: the run.
        model: the model that the card is about.
        decision: the decision on it.
        statements: what people said.
    """
    import yaml

    known: dict[str, Any] = {"pipeline_tag": _TASK, "library_name": "sklearn"}
    missing = []
    if statements.language:
        known["language"] = statements.language
    else:
        missing.append("# language: not provided (language in governance.toml)")
    if statements.licence:
        known |= _licence(statements.licence)
    else:
        missing.append("# license: not provided (licence in governance.toml)")
    known["tags"] = list(dict.fromkeys([_TASK, model.estimator, *statements.tags]))
    known["model-index"] = [{"name": model.name, "results": _results(record, decision)}]
    text = _inert(yaml.safe_dump(_one_line(known), sort_keys=False, allow_unicode=True, width=10_000_000))
    return "\n".join(["---", *missing, f"{text}---", ""])


def _one_line(value: Any) -> Any:  # noqa: ANN401  whatever YAML can hold
    """The same with every text on one line."""
    match value:
        case str():
            return " ".join(value.split())
        case dict():
            return {key: _one_line(own) for key, own in value.items()}
        case list():
            return [_one_line(own) for own in value]
        case _:
            return value


def _inert(text: str) -> str:
    """YAML in which no character means anything to HTML or Markdown, for a viewer that knows no metadata shows it.

    A line with one is written with its value in double quotes and the character as an escape; what is read is the same.
    """
    import yaml

    lines = []
    for line in text.removesuffix("\n").split("\n"):
        found = _VALUE.match(line)
        value = yaml.safe_load(found["value"]) if found and _ACTIVE.search(found["value"]) else None
        if found is None or not isinstance(value, str):  # nothing active, or an empty list
            lines.append(line)
            continue
        quoted = _ESCAPED.sub(lambda one: f"\\U{ord(one[0]):08x}", json.dumps(value, ensure_ascii=False))
        lines.append(found["before"] + quoted)
    return "\n".join(lines) + "\n"


def _licence(licence: str) -> dict[str, str]:
    name = licence.strip().lower()
    return {"license": name} if name in _LICENCES else {"license": "other", "license_name": licence.strip()}


def _results(record: NightRecord, decision: Decision | None) -> list[dict[str, Any]]:
    metrics = [
        {"type": _METRICS[finding.subject], "name": finding.subject, "value": round(finding.estimate, 6)}
        for finding in (decision.findings if decision else ())
        if finding.code == "performance" and finding.estimate is not None and finding.subject in _METRICS
    ]
    if not metrics:
        return []
    dataset = {
        "type": record.project,
        "name": record.title,
        "split": "out-of-time test" if record.challenger else "newest labels",
    }
    return [{"task": {"type": _TASK}, "dataset": dataset, "metrics": metrics}]

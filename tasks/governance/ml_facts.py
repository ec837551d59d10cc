"""Facts that a night's record shows of how a project works, beyond what checks judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tasks.evidence.night_record import NightRecord


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest records of a project.

    Attributes:
        night: of the newest night; None when there was none.
        gate: of the newest run that judged a challenger; None when there was none.
        protected: protected attributes that the project declares.
    """

    night: NightRecord | None
    gate: NightRecord | None
    protected: tuple[str, ...]


def _validated(recorded: Recorded) -> str:
    validation = recorded.night.validation if recorded.night else None
    expectations = sum(len(table.results) for table in validation.tables) if validation else 0
    return f"{expectations} expectations, night of {recorded.night.as_of}" if expectations and recorded.night else ""


def _no_protected_inputs(recorded: Recorded) -> str:
    model = recorded.night.champion if recorded.night else None
    if model is None or model.protected_inputs or not recorded.protected:
        return ""
    return f"none of {', '.join(recorded.protected)} is among {len(model.inputs.names)} inputs"


def _whole_pipeline(recorded: Recorded) -> str:
    night, gate = recorded.night, recorded.gate
    if night is None or night.night_decision is None or gate is None or gate.gate_decision is None:
        return ""
    return f"a night judged on {night.as_of}, a challenger on {gate.as_of}"


def _explained(recorded: Recorded) -> str:
    night = recorded.night
    told = night.top_reasons if night else ()
    return f"{len(told)} reasons told, night of {night.as_of}" if told and night else ""


def _finite_scores(recorded: Recorded) -> str:
    night = recorded.night
    if night is None or night.night_decision is None or not night.rows:
        return ""
    return f"{night.rows:,} scores, night of {night.as_of}"


#: What each fact says where it holds; nothing where it does not.
FACTS: Mapping[str, Callable[[Recorded], str]] = {
    "validated": _validated,
    "no_protected_inputs": _no_protected_inputs,
    "whole_pipeline": _whole_pipeline,
    "explained": _explained,
    "finite_scores": _finite_scores,
}

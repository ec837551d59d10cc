"""What a check is: a code, a frozen settings record, and a pure function from a case to findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from tasks.evidence.case import Case
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import Detector, MonitorFacts
from tasks.evidence.profile import Profile


class CheckSettings(BaseModel):
    """Base of every check's settings: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def limit(default: float, *, unit: str, source: str, ge: float | None = None, le: float | None = None) -> Any:  # noqa: ANN401
    """A settings field that decides an outcome: a policy that requires the check must state it.

    Args:
        default: used only while the check is advisory.
        unit: unit of the limit.
        source: why the default is what it is.
        ge: smallest allowed value.
        le: largest allowed value.
    """
    extra: JsonDict = {"limit": True, "unit": unit, "source": source}
    return Field(default=default, ge=ge, le=le, description=f"{unit}; {source}", json_schema_extra=extra)


def setting(
    default: Any,  # noqa: ANN401
    *,
    unit: str,
    source: str,
    ge: float | None = None,
    le: float | None = None,
) -> Any:  # noqa: ANN401
    """A settings field that shapes a measurement without deciding its outcome: a policy may leave it out.

    Args:
        default: used where the policy says nothing.
        unit: unit of the value.
        source: why the default is what it is.
        ge: smallest allowed value.
        le: largest allowed value.
    """
    extra: JsonDict = {"limit": False, "unit": unit, "source": source}
    return Field(default=default, ge=ge, le=le, description=f"{unit}; {source}", json_schema_extra=extra)


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Each file of `tasks/checks` defines exactly one, as `CHECK`.

    Attributes:
        code: its name in policy and findings; the file's name.
        title: its name for a reader.
        moments: when it can judge.
        settings: its settings class.
        judge: pure function of (case, settings, seed); reads no clock and no file.
        compares: True when it has nothing to compare with on a project's first night: no champion beside the
            challenger, no labels newer than those of the test. It is then not applicable, and that breaks no policy.
        fit: for a monitor, makes its detector from the reference's batches, what else is known, and the settings; None
            from it when the reference has nothing to fit.
        advisory_only: True when a policy may not require it: it rests on an assumption that no data can test.
    """

    code: str
    title: str
    moments: frozenset[Moment]
    settings: type[CheckSettings]
    judge: Callable[[Case, Any, int], tuple[Finding, ...]]
    compares: bool = False
    fit: Callable[[tuple[Profile, ...], MonitorFacts, Any], Detector | None] | None = None
    advisory_only: bool = False

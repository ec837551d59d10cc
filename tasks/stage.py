"""Stage: how every Prefect task of Assay is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.project.disclosure import guarded
from tasks.project.errors import AssayError, AttributionMismatch, CouldNotRun, TamperedArtifact

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

#: A stage that takes longer has hung.
_TIMEOUT_SECONDS = 4 * 3600


def stage(name: str, *, retries: int = 0) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Declare a Prefect task.

    Nothing is cached: each stage is idempotent by night through what it wrote, and its inputs are too large to hash.
    Its errors reach Prefect without values of rows.

    Args:
        name: the stage's name.
        retries: how often a stage that is safe to repeat is tried again after an infrastructure error. Errors
            of the project or its data, and files that were changed, would only come again.
    """
    declared = task(
        name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=retries,
        retry_delay_seconds=5,
        retry_condition_fn=_may_pass,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    return lambda function: declared(guarded(function))


def _may_pass(task: Any, run: Any, state: Any) -> bool:  # noqa: ANN401  Prefect's types are not exported
    try:
        state.result()
    except (TamperedArtifact, AttributionMismatch):
        return False
    except CouldNotRun:
        return True
    except AssayError:
        return False
    except Exception:
        return True
    return False

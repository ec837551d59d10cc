from __future__ import annotations

import pytest
from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Crashed, Failed, State

from tasks.project import errors
from tasks.stage import stage


def tried_again(state: State) -> bool:
    """Whether a stage that ended so is tried again, asked as Prefect asks."""
    made = stage("made", retries=2)(lambda: None)
    assert isinstance(made, Task)
    assert made.retry_condition_fn is not None
    return bool(made.retry_condition_fn(made, None, state))


@pytest.mark.parametrize(
    "error",
    [
        errors.AssayError("no"),
        errors.ConfigurationError("assay.toml", ["no"]),
        errors.DataUnfit("no"),
        errors.TamperedArtifact("no"),
        errors.AttributionMismatch("no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_would_only_come_again_is_not_tried_again(error: Exception):
    assert not tried_again(Failed(data=error))
    assert not tried_again(Crashed(data=error))


@pytest.mark.parametrize(
    "error",
    [errors.CouldNotRun("server"), OSError("disk"), ConnectionError("server"), TimeoutError()],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_the_infrastructure_are_tried_again(error: Exception):
    assert tried_again(Failed(data=error))
    assert tried_again(Crashed(data=error))


def test_a_failure_without_an_error_is_tried_again():
    assert tried_again(Failed(message="lost"))


def test_a_stage_that_succeeded_is_not_tried_again():
    assert not tried_again(Completed(data=3))


def test_a_stage_caches_nothing_keeps_nothing_and_does_not_try_again_unless_told():
    made = stage("made")(lambda: None)
    assert isinstance(made, Task)
    assert made.cache_policy == NO_CACHE
    assert made.persist_result is False
    assert made.retries == 0
    assert made.timeout_seconds

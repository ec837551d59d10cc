"""Windows: which days a night reads, worked out from its logical date alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tasks.project.calendar import Calendar, Span
from tasks.project.errors import DataUnfit
from tasks.project.settings import AssaySettings


@dataclass(frozen=True, slots=True)
class Windows:
    """The spans of one night.

    Attributes:
        batch: the batch that is judged.
        matured: the newest batches whose labels have all matured, pooled for the performance checks.
        test: the newest matured batches that a new model is tested on, and that become its reference.
        train: everything before `test` that a new model is trained and calibrated on.
        history: from the first day of `train` to the night: all that must have been landed.
        calendar: the project's batches.
    """

    batch: Span
    matured: Span
    test: Span
    train: Span
    history: Span
    calendar: Calendar


def plan(settings: AssaySettings, as_of: date, source_first: date, test_first: date | None = None) -> Windows:
    """Work out the windows of the night `as_of`.

    Args:
        settings: the project's settings.
        as_of: the night.
        source_first: first day that the source has anything for.
        test_first: first day of the test window, where it is not as long as the settings say.

    Raises:
        DataUnfit: the source does not reach back far enough to train anything by this night.
    """
    calendar = settings.batch.calendar
    first = max(source_first, settings.batch.history_first or source_first)
    newest = newest_matured(settings, as_of)
    test = Span(test_first, newest) if test_first else calendar.window(newest, settings.training.test_batches)
    before = test.first - timedelta(days=1)
    if before < first:
        raise DataUnfit(
            f"expected at least one batch before the test window ({test.name}), but the history begins on {first}; "
            "choose a later night, or fewer training.test_batches"
        )
    train_first = max(first, calendar.window(before, settings.training.train_batches).first)
    return Windows(
        batch=calendar.batch(as_of),
        matured=calendar.window(newest, settings.monitoring.matured_batches),
        test=test,
        train=Span(train_first, before),
        history=Span(train_first, as_of),
        calendar=calendar,
    )


def first_of_break(settings: AssaySettings, began: date) -> date:
    """First day of the rows whose outcomes left the scores.

    Args:
        settings: the project's settings.
        began: the night from which on the labels that came of age did so.
    """
    return settings.batch.calendar.batch(newest_matured(settings, began)).first


def first_after_break(settings: AssaySettings, as_of: date, broken: date) -> date:
    """First day of the test window of a retraining that follows a break: only rows since then say what is true now.

    Args:
        settings: the project's settings.
        as_of: the night.
        broken: first day of the rows whose outcomes left the scores.

    Returns:
        That of the newest `after_break_batches`, as far as they lie after the break.
    """
    newest = newest_matured(settings, as_of)
    return max(broken, settings.batch.calendar.window(newest, settings.training.tested_after_break).first)


def newest_matured(settings: AssaySettings, as_of: date) -> date:
    """The newest night whose batch is old enough for all of its labels to be known by the end of `as_of`.

    Args:
        settings: the project's settings.
        as_of: the night.
    """
    ripe = as_of - timedelta(days=settings.batch.maturity_days)
    night = as_of
    while night > ripe:
        night = settings.batch.calendar.previous(night)
    return night

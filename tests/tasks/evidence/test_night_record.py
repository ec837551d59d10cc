"""A record of a night comes back whole, and what it does not know it does not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.evidence.decision import Moment
from tasks.evidence.night_record import NightRecord
from tests.tasks.report.records import (
    asked_night,
    first_night,
    halted_night,
    held_night,
    kept_night,
    model,
    retrained_night,
)

NIGHTS = [kept_night, retrained_night, halted_night, first_night, asked_night, held_night]


@pytest.mark.parametrize("night", NIGHTS)
def test_a_record_comes_back_as_it_went_in_and_is_the_same_text_again(night: Callable[[], NightRecord]):
    text = night().model_dump_json()
    again = NightRecord.model_validate_json(text)
    assert again == night()
    assert again.model_dump_json() == text


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("champion",),
        ("champion", "windows", 0),
        ("night_decision",),
        ("night_decision", "findings", 0),
        ("served", 0),
    ],
)
def test_an_unknown_key_is_refused_wherever_it_stands(place: tuple[str | int, ...]):
    content: Any = json.loads(kept_night().model_dump_json())
    inner = content
    for part in place:
        inner = inner[part]
    inner["planted"] = "x"
    with pytest.raises(ValidationError, match="planted"):
        NightRecord.model_validate_json(json.dumps(content))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_figure_that_is_none_is_refused(number: str):
    content = json.loads(kept_night().model_dump_json())
    content["metrics"] = [{"name": "AUC", "value": "here", "interval": None}]
    with pytest.raises(ValidationError, match="finite"):
        NightRecord.model_validate_json(json.dumps(content).replace('"here"', number))


@pytest.mark.parametrize(
    ("night", "moments"),
    [
        (kept_night, [Moment.NIGHT]),
        (held_night, [Moment.NIGHT, Moment.RETRAIN]),
        (retrained_night, [Moment.NIGHT, Moment.RETRAIN, Moment.GATE]),
        (halted_night, []),
    ],
)
def test_the_decisions_that_were_taken_are_there_in_their_order(
    night: Callable[[], NightRecord], moments: list[Moment]
):
    assert [decision.moment for decision in night().decisions] == moments


def test_a_record_from_before_there_were_guards_is_read():
    """Bundles outlive versions: what an older one did not know is left out, and must not make it unreadable."""
    content = json.loads(kept_night().model_dump_json())
    del content["guard_decision"]
    assert NightRecord.model_validate_json(json.dumps(content)) == kept_night()


def test_a_models_test_window_tells_old_rows_from_new_ones():
    last = date(2025, 4, 1)
    made = model(3, last=last)
    assert (made.test_first, made.test_last) == (last - timedelta(days=55), last)


def test_a_record_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        kept_night().seed = 1  # type: ignore[misc]


@pytest.mark.parametrize("run", ["", "..", "../../etc", "a/b", "a\\b", ".hidden", "a\n", "a\x00", "C:a"])
def test_a_run_whose_id_would_lead_out_of_a_directory_is_no_record(run: str):
    """Its page and its bundle are named by it."""
    content = kept_night().model_dump(mode="json") | {"run": run}
    with pytest.raises(ValidationError):
        NightRecord.model_validate(content, strict=False)

from __future__ import annotations

from datetime import date

import pytest

from tasks.adapters.tracking_night import figures, metric_name, night_figures, night_tags
from tasks.evidence.decision import Action, Decision, ExitCode, Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.night_record import Metric, NightRecord
from tasks.evidence.validation import TableValidation, Validation
from tests.tasks.report.decisions import guard_decision


def night() -> NightRecord:
    findings = (
        Finding(
            code="fairness", subject="origin=B", outcome=Outcome.PASS, sentence="s", estimate=0.1, limit=0.2,
            interval=Interval(low=0.0, high=0.15, level=0.95), n=9,
        ),
        Finding(code="drift", subject="income", outcome=Outcome.INCONCLUSIVE, sentence="s"),
    )  # fmt: skip
    decision = Decision(
        moment=Moment.NIGHT, action=Action.KEEP, exit_code=ExitCode.PASS, reasons=(), verdicts=(), findings=findings,
        policy_digest="p",
    )  # fmt: skip
    table = TableValidation(table="rows", rows=10, valid=9, quarantined=1, results=())
    return NightRecord(
        project="p", title="T", notice="", outcome="default", as_of=date(2024, 2, 1), run="r1", trigger="by hand",
        first_day=date(2024, 2, 1), last_day=date(2024, 2, 1), rows=9, unfavourable=2, actions=("refuse", "approve"),
        favourable_above=False, bootstrap=False, validation=Validation(tables=(table,)), champion=None, challenger=None,
        night_decision=decision, gate_decision=None, action=Action.KEEP, exit_code=ExitCode.PASS,
        reasons=("One.", "Two."), served=(), top_reasons=(), metrics=(), digests=(), settings_digest="s",
        policy_digest="p", code_version="c", seed=1,
    )  # fmt: skip


def test_the_figures_of_a_night():
    assert dict(night_figures(night())) == {
        "rows": 9, "unfavourable": 2, "validation/rows/rows": 10, "validation/rows/quarantined": 1,
        "night/findings/pass": 1, "night/findings/fail": 0, "night/findings/inconclusive": 1,
        "night/findings/not_applicable": 0, "night/findings/error": 0, "night/fairness/origin:B": 0.1,
    }  # fmt: skip


def test_the_figures_of_the_guards_are_under_a_moment_of_their_own():
    guards = guard_decision(Action.ASK)
    figures = dict(night_figures(night().model_copy(update={"guard_decision": guards})))
    assert figures["retrain/findings/fail"] == 1
    assert figures["retrain/cooldown/last challenger"] == 9


def test_the_tags_of_a_night():
    tags = dict(night_tags(night()))
    assert (tags["assay.action"], tags["assay.exit_code"], tags["assay.reasons"]) == ("keep", "0", "One. Two.")
    assert not any("champion" in name for name in tags)


def test_an_interval_becomes_two_more_figures():
    metric = Metric(name="brier", value=0.2, interval=Interval(low=0.1, high=0.3, level=0.9))
    assert list(figures([metric])) == [("brier", 0.2), ("brier.low", 0.1), ("brier.high", 0.3)]


@pytest.mark.parametrize("name", ["origin=B", "a//b", "/a", "..", "", "x" * 400, "é %$#@!\n", "a/../b", "ä/", " a "])
def test_every_name_becomes_one_that_mlflow_takes(name: str):
    from mlflow.utils.validation import _validate_metric_name, _validate_tag_name

    _validate_metric_name(metric_name(name))
    _validate_tag_name(metric_name(name))

"""Findings are shown worst first, and a gauge is drawn only where it tells the truth."""

from tasks.evidence.finding import WORST_FIRST, Finding, Outcome
from tasks.report.findings import FindingView, check_views, with_pictures
from tests.tasks.report.decisions import drifted_decision
from tests.tasks.report.findings import between


def finding_view(finding: Finding) -> FindingView:
    decision = drifted_decision().model_copy(update={"findings": (finding,)})
    (view,) = (one for check in check_views(decision) for one in (*check.open, *check.folded))
    return view


def finding(**changes: object) -> Finding:
    content = {"code": "data_drift", "subject": "x", "outcome": Outcome.FAIL, "sentence": "s", **changes}
    return Finding.model_validate(content)


def test_what_stops_comes_first_then_the_worst_and_what_is_off_last():
    checks = check_views(drifted_decision())
    assert checks[0].title == "Data drift"
    assert checks[-1].word == "not run"
    ranks = [WORST_FIRST.index(check.outcome) for check in checks[1:-1]]
    assert ranks == sorted(ranks)


def test_every_finding_is_shown_once():
    decision = drifted_decision()
    shown = [one.sentence for check in check_views(decision) for one in (*check.open, *check.folded)]
    assert sorted(shown) == sorted(f.sentence for f in decision.findings)


def test_a_gauge_keeps_the_order_of_estimate_interval_and_limit():
    gauge = finding_view(finding(estimate=0.3, interval=between(0.25, 0.4), limit=0.2)).gauge
    assert gauge is not None
    assert gauge.limit is not None
    assert gauge.low is not None
    assert gauge.high is not None
    assert 0 < gauge.limit < gauge.low < gauge.estimate < gauge.high < 200


def test_there_is_no_gauge_without_something_to_compare_or_a_known_side():
    assert finding_view(finding()).gauge is None
    assert finding_view(finding(estimate=0.3)).gauge is None
    assert finding_view(finding(estimate=0.2, limit=0.2)).gauge is None
    assert finding_view(finding(estimate=-0.11, interval=between(-0.22, 0.01), limit=0.2)).gauge is None


def test_no_more_pictures_than_allowed_and_those_that_stop_first():
    checks = with_pictures(check_views(drifted_decision()), most=2)
    drawn = [
        one.subject
        for check in checks
        for one in (*check.open, *check.folded)
        for picture in one.pictures
        if picture.svg
    ]
    assert set(drawn) == {"bureau_score", "utilisation"}

from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.action import Action
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome, worst
from tasks.evidence.summing_up import sum_up

CHART = BarChart(title="t", unit="u", labels=("a",), series=(Series(name="s", values=(1.0,)),))


def made(i: int, outcome: Outcome, **more: object) -> Finding:
    fields = {"estimate": i / 100, "limit": 1.0, "evidence": (CHART,), **more}
    return Finding(code="c", subject=f"s{i}", outcome=outcome, sentence=f"Sentence {i}.", **fields)


@given(st.lists(st.sampled_from(list(WORST_FIRST)), max_size=40), st.integers(2, 12))
def test_nothing_worse_is_hidden_behind_what_passes(outcomes: list[Outcome], most: int):
    findings = [made(i, outcome) for i, outcome in enumerate(outcomes)]
    told = sum_up(findings, "the others", most)
    assert len(told) == min(most, len(findings))
    assert worst([one.outcome for one in told]) == worst([one.outcome for one in findings])
    order = [WORST_FIRST.index(one.outcome) for one in told]
    assert order == sorted(order)
    assert sum(len(one.evidence) for one in told) == len(findings)


def test_the_last_one_counts_what_it_stands_for_and_quotes_the_worst():
    findings = [made(i, Outcome.PASS) for i in range(5)] + [made(200, Outcome.FAIL), made(300, Outcome.FAIL)]
    *_, last = sum_up(findings, "the others", 2)
    assert last.subject == "the others"
    assert last.outcome is Outcome.FAIL
    assert last.sentence == "Of 6 more 1 fail, 5 pass; the first of them: Sentence 200."


def test_it_calls_for_the_gravest_and_leaves_to_the_policy_what_one_of_them_leaves():
    unsure = Outcome.INCONCLUSIVE
    asks = [made(i, unsure, calls_for=Action.KEEP) for i in range(3)] + [made(0, unsure, calls_for=Action.ASK)]
    assert sum_up(asks, "the others", 2)[-1].calls_for is Action.ASK
    assert sum_up(asks[:3], "the others", 2)[-1].calls_for is Action.KEEP
    assert sum_up([*asks, made(0, unsure)], "the others", 2)[-1].calls_for is None


def test_what_passes_is_told_by_how_near_it_is_to_its_limit():
    gain, loss = (made(i, Outcome.PASS, estimate=moved, limit=-0.05) for i, moved in enumerate((0.04, -0.03)))
    apart = made(2, Outcome.PASS, estimate=-0.19, limit=0.2)
    assert sum_up([gain, loss, apart], "the others") == (apart, loss, gain)


def test_no_findings_stay_none():
    assert sum_up([], "the others") == ()

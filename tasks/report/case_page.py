"""The page of single cases: why each was decided so, what would have changed it, and what became of others like it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from tasks.evidence.wording import percent, value
from tasks.explain.counterfactuals import DecisionWords
from tasks.explain.likeness import PastCases
from tasks.models.case_explanation import CaseExplanation, Part
from tasks.report.explanation_charts import waterfall
from tasks.report.figures import day
from tasks.report.tables import Table, numeric_table
from tasks.report.templating import page_environment

#: Features whose values are shown of past cases.
_COMPARED = 5

#: R² from which on a straight line is said to follow the model.
_FOLLOWS = 0.5


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What every page of explanations says of where it comes from.

    Attributes:
        project: title of the project.
        notice: sentence for every page; may be empty.
        as_of: the night.
        model: 'version 3 of consumer-credit'.
        outcome: what a label of 1 means.
        actions: name of the action at or above the threshold, and below it.
        words: what a decision is called.
    """

    project: str
    notice: str
    as_of: date
    model: str
    outcome: str
    actions: tuple[str, str]
    words: DecisionWords

    @property
    def night(self) -> str:
        """'31 December 2025'."""
        return day(self.as_of)


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the template lays it out.

    Attributes:
        key: the row's key.
        anchor: unique on the page.
        tone: class of the decision's box.
        action: what was decided.
        lead: the score against the threshold.
        reasons: 'because ...', for an unfavourable decision.
        otherwise: sentences on what would have changed it.
        certainty: sentences on how far the score can be trusted.
        caution: said where the model is often wrong for cases like this; else empty.
        steps: the picture.
        parts: its numbers.
        past: past cases like this one; None where there are none.
    """

    key: str
    anchor: str
    tone: str
    action: str
    lead: str
    reasons: tuple[str, ...]
    otherwise: tuple[str, ...]
    certainty: tuple[str, ...]
    caution: str
    steps: Markup
    parts: Table
    past: Table | None


def render_cases(cases: tuple[CaseExplanation, ...], facts: PageFacts) -> str:
    """One self-contained HTML page of one case or several; everything that comes from data is escaped."""
    views = tuple(_view(case, facts, f"case-{place}") for place, case in enumerate(cases, start=1))
    return page_environment().get_template("cases.html").render(facts=facts, cases=views)


def _view(case: CaseExplanation, facts: PageFacts, anchor: str) -> CaseView:
    above = case.score >= case.threshold
    return CaseView(
        key=case.key,
        anchor=anchor,
        tone="block" if case.unfavourable else "keep",
        action=facts.actions[0] if above else facts.actions[1],
        lead=f"The {facts.words.score} is {_near(case.score, case.threshold)}; from {percent(case.threshold)} on the "
        f"decision is '{facts.actions[0]}'.",
        reasons=(case.reasons or (_NO_REASON,)) if case.unfavourable else (),
        otherwise=_otherwise(case, facts),
        certainty=_certainty(case, facts),
        caution=_caution(case, facts),
        steps=waterfall(case, anchor),
        parts=_parts_table(case),
        past=_past_table(case, facts),
    )


#: Told where every reason there is may not be.
_NO_REASON = "no feature that may be told as a reason pushed the score towards this decision"


def _near(score: float, threshold: float) -> str:
    """A score with as many decimals as set it apart from the threshold."""
    decimals = 1
    while percent(score, decimals) == percent(threshold, decimals) and score != threshold and decimals < 4:
        decimals += 1
    return percent(score, decimals)


def _otherwise(case: CaseExplanation, facts: PageFacts) -> tuple[str, ...]:
    if case.answer is None:
        return ()
    found = tuple(one.sentence(facts.words) for one in case.answer.found)
    return found or (case.answer.why_none,)


def _certainty(case: CaseExplanation, facts: PageFacts) -> tuple[str, ...]:
    if case.around is None:
        nothing = "No outcome of a past case is known yet, so nothing says how far the score can be trusted."
        return (nothing, _second(case))
    return (f"Of {_turned_out(case.around, 'the nearest scores', facts)}.", _second(case))


def _second(case: CaseExplanation) -> str:
    opinion = case.second_opinion
    agreed = f"{opinion.agreed or 'none'} of them {'is' if opinion.agreed == 1 else 'are'}"
    poor = "" if opinion.r_squared >= _FOLLOWS else "; no straight line follows the model well here"
    return (
        f"A second method (LIME) holds {', '.join(opinion.strongest)} strongest; {agreed} "
        f"among the {len(opinion.strongest)} strongest below. Its line follows "
        f"{percent(opinion.r_squared, 0)} of how the model moves around this case{poor}."
    )


def _turned_out(past: PastCases, which: str, facts: PageFacts) -> str:
    ends = f"{percent(past.interval.low)} to {percent(past.interval.high)}"
    interval = f"({percent(past.interval.level, 0)} interval {ends})"
    return (
        f"the {past.n:,} past cases with {which} ({percent(past.low)} to {percent(past.high)}) {percent(past.share)} "
        f"{interval} had the outcome ({facts.outcome}), where the model expected {percent(past.expected)}"
    )


def _caution(case: CaseExplanation, facts: PageFacts) -> str:
    if case.alike is None or not case.alike.often_wrong:
        return ""
    more = "more" if case.alike.share > case.alike.expected else "less"
    told = _turned_out(case.alike, "the explanations most like this one", facts)
    return f"This model is often wrong for cases like this: the outcome came {more} often than it expected. Of {told}."


def _parts_table(case: CaseExplanation) -> Table:
    rows = tuple((part.label, _written(part.value), _signed(part.contribution)) for part in case.parts)
    return numeric_table(("feature", "value", f"contribution, {case.unit}"), rows)


def _past_table(case: CaseExplanation, facts: PageFacts) -> Table | None:
    if not case.nearest:
        return None
    compared: tuple[Part, ...] = case.parts[:_COMPARED]
    head = ("", *(part.label for part in compared), "score", "outcome")
    own = ("this case", *(_written(part.value) for part in compared), percent(case.score), "")
    past = tuple(
        (
            f"past case {place}",
            *(_written(one) for one in other.values[:_COMPARED]),
            percent(other.score),
            facts.outcome if other.event else "not",
        )
        for place, other in enumerate(case.nearest, start=1)
    )
    return Table(head, (own, *past), tuple(False for _ in head))


def _signed(contribution: float) -> str:
    """'+0.264'; what rounds to nothing has no sign."""
    return "0.000" if abs(contribution) < 0.0005 else f"{contribution:+.3f}"


def _written(one: float | str | None) -> str:
    if one is None:
        return "not known"
    return one if isinstance(one, str) else value(one)

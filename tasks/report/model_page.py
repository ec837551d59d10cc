"""The page of a model's explanation: what moves its scores, by feature, view, value, pair and group."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.wording import percent, plain, rows
from tasks.models.model_explanation import GroupContributions, ModelExplanation, RolledShares
from tasks.report.case_page import PageFacts
from tasks.report.charts import draw
from tasks.report.explanation_charts import beeswarm, dependence
from tasks.report.tables import Table, numeric_table
from tasks.report.templating import page_environment

#: Features that carry a group's gap and are named in its row.
_NAMED = 3

#: Pairs that are told, and bars that are drawn.
_PAIRS, _BARS = 8, 15


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its title."""

    title: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model's explanation as the template lays it out."""

    rows: str
    drawn: str
    pair_of: str
    protected: str
    swarm: Markup
    shares: Table
    rolled: tuple[Picture, ...]
    by_value: tuple[Picture, ...]
    pairs: Table | None
    groups: Table | None


def render_model(explanation: ModelExplanation, facts: PageFacts) -> str:
    """One self-contained HTML page; everything that comes from data is escaped."""
    view = ModelView(
        rows=f"{explanation.n:,}",
        drawn=_drawn(explanation),
        pair_of=f"the {explanation.paired[0]} strongest features, over {rows(explanation.paired[1])}",
        protected=_protected(explanation.protected_inputs),
        swarm=beeswarm(explanation.features, explanation.unit, "swarm"),
        shares=_shares(explanation),
        rolled=tuple(
            Picture(f"By {one.subject[:-1]}", draw(_bars(one), f"rolled-{place}"))
            for place, one in enumerate(explanation.rolled)
        ),
        by_value=tuple(
            Picture(one.label, dependence(one, explanation.unit, f"by-value-{place}"))
            for place, one in enumerate(explanation.by_value)
        ),
        pairs=_pairs(explanation),
        groups=_groups(explanation),
    )
    return page_environment().get_template("model_explanation.html").render(facts=facts, model=view)


def _drawn(explanation: ModelExplanation) -> str:
    """What the dots are: all rows, or some."""
    some = explanation.drawn < explanation.n
    return f"one of {rows(explanation.drawn)} drawn from all" if some else "a row"


def _protected(inputs: tuple[str, ...]) -> str:
    if not inputs:
        return "Protected attributes are no inputs."
    return f"Of the protected attributes these are inputs of this model on purpose: {', '.join(inputs)}."


def _shares(explanation: ModelExplanation) -> Table:
    rows = [(one.label, percent(one.share)) for one in explanation.features]
    if explanation.others:
        rows.append((f"{explanation.others} others together", percent(explanation.others_share)))
    return numeric_table(("feature", "share of the explanation"), tuple(rows))


def _bars(rolled: RolledShares) -> BarChart:
    shown = rolled.parts[:_BARS]
    return BarChart(
        title=f"Share of the explanation by {rolled.subject[:-1]}",
        unit="share of mean |contribution|",
        labels=tuple(name for name, _ in shown),
        series=(Series(name="share", values=tuple(share for _, share in shown)),),
    )


def _pairs(explanation: ModelExplanation) -> Table | None:
    labels = {one.feature: one.label for one in explanation.features}
    rows = tuple(
        (f"{labels[pair.first]} and {labels[pair.second]}", plain(pair.strength)) for pair in explanation.pairs[:_PAIRS]
    )
    return numeric_table(("features", "H: 0 adds up, 1 only together"), rows) if rows else None


def _groups(explanation: ModelExplanation) -> Table | None:
    rows = tuple((one.group, f"{one.n:,}", f"{one.gap:+.2f}", _carried(one, explanation)) for one in explanation.groups)
    head = ("group", "rows", f"raw score against the others, {explanation.unit}", "carried mostly by")
    return Table(head, rows, (False, True, True, False)) if rows else None


def _carried(group: GroupContributions, explanation: ModelExplanation) -> str:
    order = sorted(range(len(group.carried)), key=lambda i: -abs(group.carried[i]))[:_NAMED]
    return ", ".join(f"{explanation.features[i].label} {group.carried[i]:+.2f}" for i in order)

"""The night's page: one self-contained HTML file, drawn from the record alone."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from tasks.evidence.answer import Answered
from tasks.evidence.decision import Decision, Moment
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.report.answers import override_sentence
from tasks.report.figures import age, bracket, count, day, figure
from tasks.report.findings import CheckView, check_views, with_pictures
from tasks.report.lineage import ModelView, digest_table, lineage_facts, model_views
from tasks.report.tables import Fact, Table, numeric_table
from tasks.report.templating import page_environment
from tasks.report.words import Headline, headline, in_service

#: More pictures than this are not looked at; the findings that stop come first.
MOST_PICTURES = 12

#: Titles of a moment's checks, and of what they found.
_TITLES = {
    Moment.NIGHT: ("Checks of the night", "What the night’s checks found"),
    Moment.RETRAIN: ("Checks before retraining", "What the checks before retraining found"),
    Moment.GATE: ("Checks at the gate", "What the gate’s checks found"),
}

# For browsers that cannot unfold by style alone. Nothing on the page needs it.
UNFOLDING = (
    "addEventListener('beforeprint',()=>document.querySelectorAll('details:not(.numbers)').forEach(d=>{d.open=true}))"
)


@dataclass(frozen=True, slots=True)
class MomentView:
    """The checks of one moment, and what would have to change for a challenger that they stopped."""

    key: str
    title: str
    lead: str
    findings_title: str
    checks: tuple[CheckView, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValidationView:
    """What the expectations said: counts a table, what broke, and how many held."""

    counts: Table
    broken: tuple[Broken, ...]
    held: str


@dataclass(frozen=True, slots=True)
class Broken:
    """An expectation that did not hold."""

    severity: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Tally:
    """A reason, how often it was given, and its bar's length in per cent."""

    phrase: str
    feature: str
    rows: str
    width: float


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template lays out that the record does not say as it is shown."""

    headline: Headline
    night: str
    batch: str
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]
    moments: tuple[MomentView, ...]
    metrics: Table | None
    validation: ValidationView | None
    served: Table | None
    unfavourable: str
    unfavourable_rows: str
    reasons: tuple[Tally, ...]
    models: tuple[ModelView, ...]
    lineage: tuple[Fact, ...]
    digests: Table
    script: str
    script_digest: str


def render_night(record: NightRecord, answer: Answered | None = None) -> str:
    """Draw the page of one night.

    The page asks for nothing from outside (its own policy forbids the browser to), needs no script, prints with
    everything unfolded, and is the same, byte for byte, for the same record and answer.

    Args:
        record: the night.
        answer: what a person answered to it since; None where nobody did.

    Returns:
        The HTML document.
    """
    return page_environment().get_template("night.html").render(record=record, page=_page(record, answer))


def _page(record: NightRecord, answer: Answered | None) -> Page:
    from markupsafe import Markup

    digest = base64.b64encode(hashlib.sha256(UNFOLDING.encode()).digest()).decode()
    return Page(
        headline=headline(record, answer),
        night=day(record.as_of),
        batch=_batch(record),
        warnings=tuple(_warnings(record, answer)),
        facts=tuple(_facts(record, answer)),
        moments=_moments(record),
        metrics=_metrics(record),
        validation=_validation(record),
        served=_served(record),
        unfavourable=_unfavourable(record),
        unfavourable_rows=count(record.unfavourable),
        reasons=_tally(record),
        models=model_views(record),
        lineage=lineage_facts(record),
        digests=digest_table(record),
        script=Markup(UNFOLDING),  # noqa: S704  a constant of this file
        script_digest=f"sha256-{digest}",
    )


def _batch(record: NightRecord) -> str:
    whole = record.first_day != record.last_day
    days = f"{day(record.first_day)} to {day(record.last_day)}" if whole else day(record.first_day)
    why = "run by schedule" if record.trigger == "schedule" else f"run by hand: {record.trigger}"
    return f"Batch of {days} · {why}"


def _unfavourable(record: NightRecord) -> str:
    return record.actions[1] if record.favourable_above else record.actions[0]


def _warnings(record: NightRecord, answer: Answered | None) -> list[str]:
    marks = [mark for given in (record.let_in, answer) if (mark := override_sentence(given))]
    models = [model for model in (record.champion, record.challenger) if model is not None]
    named = sorted({name for model in models for name in model.protected_inputs})
    if not named:
        return marks
    return [
        *marks,
        f"Protected attributes are inputs of the model, because the project names them: {', '.join(named)}. "
        "They shape its scores directly.",
    ]


def _facts(record: NightRecord, answer: Answered | None) -> list[Fact]:
    serving = in_service(record)
    version = (answer.version if answer else None) or (serving.version if serving else None)
    facts = [Fact("Model in service", f"version {version}" if version else "none")]
    if record.rows:
        facts.append(Fact("Rows judged", count(record.rows)))
        share = figure(record.unfavourable / record.rows, "share of rows")
        facts.append(Fact(f"Action ‘{_unfavourable(record)}’", share, f"{count(record.unfavourable)} rows"))
    if record.validation is not None:
        quarantined = sum(table.quarantined for table in record.validation.tables)
        facts.append(Fact("Rows quarantined", count(quarantined)))
    return facts


def _moments(record: NightRecord) -> tuple[MomentView, ...]:
    decisions = record.decisions
    checks = [check_views(decision) for decision in decisions]
    illustrated = iter(with_pictures(tuple(view for views in checks for view in views), MOST_PICTURES))
    return tuple(
        _moment(record, decision, tuple(next(illustrated) for _ in views))
        for decision, views in zip(decisions, checks, strict=True)
    )


def _moment(record: NightRecord, decision: Decision, checks: tuple[CheckView, ...]) -> MomentView:
    title, findings_title = _TITLES[decision.moment]
    return MomentView(
        key=str(decision.moment),
        title=title,
        lead=f"{_judged(record, decision.moment)} What these checks decide: {decision.action}.",
        findings_title=findings_title,
        checks=checks,
        remedies=decision.remedies,
    )


def _judged(record: NightRecord, moment: Moment) -> str:
    match moment:
        case Moment.NIGHT:
            return f"{_version(record.champion, 'The model')} on the rows of this night."
        case Moment.RETRAIN:
            return "Whether a new model would learn something true from the rows that there are."
        case Moment.GATE:
            other = None if record.bootstrap else record.champion
            against = f" against version {other.version}" if other else ""
            return f"{_version(record.challenger, 'The new model')}{against} on rows it was not trained on."


def _version(model: ModelIdentity | None, otherwise: str) -> str:
    return f"Version {model.version}" if model else otherwise


def _metrics(record: NightRecord) -> Table | None:
    if not record.metrics:
        return None
    rows = []
    for metric in record.metrics:
        ends = bracket(metric.interval, metric.name)
        at = f" at {100 * metric.interval.level:.3g}%" if metric.interval else ""
        rows.append((metric.name, figure(metric.value, metric.name), f"{ends}{at}"))
    return numeric_table(("Figure", "Value", "Interval"), tuple(rows))


def _validation(record: NightRecord) -> ValidationView | None:
    if record.validation is None:
        return None
    tables = record.validation.tables
    results = [(table, result) for table in tables for result in table.results]
    broken = sorted((r for r in results if not r[1].success), key=lambda r: r[1].severity != "critical")
    held = len(results) - len(broken)
    return ValidationView(
        counts=numeric_table(
            ("Table", "Rows in", "= valid", "+ quarantined"),
            tuple((t.table, count(t.rows), count(t.valid), count(t.quarantined)) for t in tables),
        ),
        broken=tuple(Broken(result.severity, f"{table.table}: {result.sentence}") for table, result in broken),
        held=f"{held} of {len(results)} expectations held.",
    )


def _served(record: NightRecord) -> Table | None:
    if not record.served:
        return None
    rows = tuple(
        (
            lag.view,
            figure(lag.served / lag.rows if lag.rows else None, "share of rows"),
            age(lag.median_hours),
            count(lag.after_event),
        )
        for lag in record.served
    )
    return numeric_table(("Feature view", "Rows with a value", "Median age", "From after the event"), rows)


def _tally(record: NightRecord) -> tuple[Tally, ...]:
    most = max((reason.rows for reason in record.top_reasons), default=0)
    return tuple(
        Tally(reason.phrase, reason.feature, count(reason.rows), round(100 * reason.rows / most, 1) if most else 0.0)
        for reason in record.top_reasons
    )

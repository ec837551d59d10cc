"""Attribution agreement: do attribution, permutation and ablation put the features in one order?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Attribute, Candidate, unexplained
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.wording import between, plain, rows, too_few_events
from tasks.project.errors import DataUnfit
from tasks.stats.explained_fits import explained, some_positions
from tasks.stats.importance_agreement import Agreement, agreement, companions, idle
from tasks.stats.log_loss import log_losses
from tasks.stats.permutation_loss import Draws, dealt_scores
from tasks.stats.verdict import against_minimum

CODE = "attribution_agreement"

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]


class Other(StrEnum):
    """What the attribution is held against."""

    PERMUTATION = "permutation"
    ABLATION = "ablation"


#: Features that disagree and are named.
_MOST_NAMED = 3

#: Bars that a reader can take in.
_MOST_BARS = 15


class AttributionAgreementSettings(CheckSettings):
    """Limits of the agreement, and what it may cost."""

    correlation: float = limit(
        0.5, unit="rank correlation over features", source="half way from no relation to one order", ge=-1, le=1
    )
    minimum_events: int = limit(50, unit="rows of the rarer label", source="a loss of fewer tells little", ge=2)
    binds: tuple[Other, ...] = setting(
        (Other.PERMUTATION,), unit="what the attribution must agree with; the other is shown",
        source="a feature whose twin stands in for it is rightly used, and nothing is lost without it",
    )  # fmt: skip
    share: float = setting(
        0.01, unit="share of an importance below which a feature is next to nothing", source="a hundredth", ge=0, le=1
    )
    alike: float = setting(
        0.5, unit="rank correlation of two features' attributions that makes them companions", source="half", ge=0, le=1
    )
    alike_together: float = setting(
        0.8, unit="correlation of a feature's attributions with the best sum of all others'",
        source="two thirds of its variance", ge=0, le=1,
    )  # fmt: skip
    rows: int = setting(3000, unit="test rows", source="cost", ge=100, le=50_000)
    repeats: int = setting(3, unit="times that values are dealt out anew", source="cost", ge=1, le=50)
    trained_rows: int = setting(4000, unit="training rows of each model that is made without", source="cost", ge=100)
    replicates: int = setting(200, unit="bootstrap samples of the rows", source="enough for a standard error", ge=20)
    level: float = setting(
        0.9, unit="coverage of each interval", source="one-sided 5%, as in STATISTICS.md, section 6", ge=0.5, le=0.9999
    )
    clip: float = setting(
        0.001, unit="probability that scores are kept away from 0 and 1", source="a row costs at most 6.9", ge=1e-9,
        le=0.1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Importances:
    """How much each feature matters to each row, in three ways, shape (n, F) each.

    Attributes:
        names: of the features.
        attributed: attributions, with their sign.
        permuted: log-loss that is added when a feature's values are dealt out anew.
        ablated: log-loss that is added by training without it; None where the recipe cannot be.
        nothing: features that are next to nothing in all of them, shape (F,).
    """

    names: tuple[str, ...]
    attributed: Reals
    permuted: Reals
    ablated: Reals | None
    nothing: Marks

    def by(self, other: Other) -> Reals | None:
        return self.permuted if other is Other.PERMUTATION else self.ablated


def judge(case: Case, settings: AttributionAgreementSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: mean |attribution| against permutation importance, and against ablation (drop-column importance).

    Pass when the interval of the rank correlation over features lies above the limit, fail when it lies below, else
    inconclusive; what does not bind is shown. Ablation trains the recipe on a sample, without each feature that is not
    next to nothing in the two others. The seed samples rows, deals values out and draws the bootstrap.
    """
    candidate = case.candidate
    if candidate is None or candidate.attribute is None:
        return _unjudged(unexplained(candidate), 0)
    chosen = some_positions(len(candidate.test.label), settings.rows, seed)
    label, score = candidate.test.label[chosen], candidate.test.score[chosen]
    rarer = min(int((label == 1).sum()), int((label != 1).sum()))
    if rarer < settings.minimum_events:
        return _unjudged(too_few_events(len(label), rarer, settings.minimum_events), len(label))
    if not np.isfinite(score).all():
        return _unjudged(f"{rows(int((~np.isfinite(score)).sum()))} have no score", len(label))
    try:
        found = _importances(candidate, candidate.attribute, chosen, settings, seed)
    except DataUnfit as error:
        return _unjudged(f"the attributions cannot be read ({error})", len(label))
    if not np.isfinite(found.permuted).all():
        return _unjudged("some row has no score once values are dealt out anew", len(label))
    return tuple(_finding(other, found, settings, seed) for other in Other)


def _importances(
    candidate: Candidate, attribute: Attribute, chosen: NDArray[np.intp], settings: AttributionAgreementSettings,
    seed: int,
) -> _Importances:  # fmt: skip
    features = candidate.test.features.iloc[chosen].reset_index(drop=True)
    label, names = candidate.test.label[chosen], tuple(map(str, features.columns))
    attributed = explained(attribute, features)
    own = log_losses(label, candidate.test.score[chosen], settings.clip)
    draws = Draws(settings.repeats, seed, settings.clip)
    permuted = np.column_stack(
        [
            log_losses(label, dealt_scores(features, candidate.predict, [name], draws), settings.clip).mean(axis=0)
            - own
            for name in names
        ]
    )
    nothing = idle((np.abs(attributed), permuted), settings.share)
    ablated = _ablated(candidate, features, label, nothing, settings, seed)
    return _Importances(names, attributed, permuted, ablated, nothing)


def _ablated(
    candidate: Candidate, features: Frame, label: NDArray[np.int8], nothing: Marks,
    settings: AttributionAgreementSettings, seed: int,
) -> Reals | None:  # fmt: skip
    """Log-loss added by training without each feature; None where the recipe cannot be trained on the sample."""
    trained_on = some_positions(len(candidate.train.label), settings.trained_rows, seed)

    def losses(*without: str) -> Reals:
        model = candidate.refit(without=without, rows=trained_on)
        return log_losses(label, model(features), settings.clip)

    try:
        whole = losses()
        added = [np.zeros(len(label)) if out else losses(str(name)) - whole
                 for name, out in zip(features.columns, nothing, strict=True)]  # fmt: skip
    except (DataUnfit, ValueError):
        return None
    table = np.column_stack(added)
    return table if np.isfinite(table).all() else None


def _finding(other: Other, found: _Importances, settings: AttributionAgreementSettings, seed: int) -> Finding:
    second, n = found.by(other), len(found.attributed)
    binds = other in settings.binds
    if second is None:
        return _silent(other, f"the recipe cannot be trained on {rows(settings.trained_rows)}", n, binds=binds)
    seen = agreement(np.abs(found.attributed), second, found.nothing, settings.replicates, seed)
    matter = int((~found.nothing).sum())
    if seen is None or matter < _FEWEST:
        return _silent(other, f"only {matter} of {len(found.names)} features matter at all", n, binds=binds)
    interval = seen.interval(settings.level)
    outcome = against_minimum(interval, settings.correlation)
    unsure = ", and the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    verdict = (
        f"the limit is {plain(settings.correlation)}{unsure}" if binds else "shown only, the policy does not bind it"
    )
    return Finding(
        code=CODE,
        subject=other.value,
        outcome=outcome if binds else Outcome.NOT_APPLICABLE,
        sentence=f"By attribution and by {_WORDS[other]} the features are put in orders with a rank correlation of "
        f"{plain(seen.value)} {between(interval)} on {rows(n)} (1 is one order, 0 no relation); {verdict}."
        f"{_disagreeing(seen, found, settings)}",
        estimate=seen.value,
        interval=interval,
        limit=settings.correlation if binds else None,
        unit="rank correlation",
        n=n,
        evidence=(_chart(found),) if other is Other.PERMUTATION else (),
    )


_WORDS = {
    Other.PERMUTATION: "what is lost when their values are dealt out anew",
    Other.ABLATION: "what is lost when the recipe is trained without each, once",
}

#: Features without which there is no order to speak of.
_FEWEST = 3


def _disagreeing(seen: Agreement, found: _Importances, settings: AttributionAgreementSettings) -> str:
    """Names the features that surely lie elsewhere in the other order, with the usual cause."""
    apart = np.abs(seen.places[1] - seen.places[0])
    sure = np.flatnonzero(seen.surely_moved(settings.level) & (apart > 1) & ~found.nothing)
    named = sorted(sure, key=lambda j: -apart[j])[:_MOST_NAMED]
    if not named:
        return ""
    partners = companions(found.attributed)
    said = []
    for j in named:
        first, second = (plain(float(place[j]), 0) for place in seen.places)
        partner = found.names[partners[j].index] if partners[j].correlation >= settings.alike else ""
        if not partner and partners[j].together >= settings.alike_together:
            partner = "a sum of others"
        cause = _cause(partner, lower=bool(seen.places[1][j] > seen.places[0][j]))
        said.append(f"{found.names[j]} (place {first} by attribution, {second} by the other: {cause})")
    return f" Furthest apart: {'; '.join(said)}."


def _cause(partner: str, *, lower: bool) -> str:
    """The usual cause of a feature's lying further down, or further up, by the other importance than by attribution."""
    if lower:
        return f"{partner} goes with it and may stand in for it" if partner else "used for little gain on these rows"
    return f"torn from {partner}, which goes with it" if partner else "much rests on it in few rows, or with others"


def _chart(found: _Importances) -> BarChart:
    shares = {"attribution": np.abs(found.attributed), "values dealt out anew": found.permuted}
    if found.ablated is not None:
        shares["trained without it"] = found.ablated
    means = {name: np.maximum(one.mean(axis=0), 0.0) for name, one in shares.items()}
    shown = np.argsort(-means["attribution"], kind="stable")[:_MOST_BARS]
    return BarChart(
        title="How much each feature matters, in three ways", unit="share of the total of each way",
        labels=tuple(found.names[j] for j in shown),
        series=tuple(
            Series(name=name, values=tuple((mean / max(float(mean.sum()), 1e-12))[shown].tolist()))
            for name, mean in means.items()
        ),
    )  # fmt: skip


def _silent(other: Other, why: str, n: int, *, binds: bool) -> Finding:
    outcome = Outcome.INCONCLUSIVE if binds else Outcome.NOT_APPLICABLE
    sentence = f"Whether attribution and {other.value} agree cannot be judged: {why}."
    return Finding(code=CODE, subject=other.value, outcome=outcome, sentence=sentence, n=n)


def _unjudged(why: str, n: int) -> tuple[Finding, ...]:
    return tuple(_silent(other, why, n, binds=True) for other in Other)


CHECK = Check(CODE, "Agreement of importances", frozenset({Moment.GATE}), AttributionAgreementSettings, judge)

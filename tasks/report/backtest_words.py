"""Words of a backtest: what was found, and what it assumes, before a reader who knows no statistics."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.evidence.backtest import Backtest, Course, Delay
from tasks.evidence.decision import Action
from tasks.report.figures import count, day

_SAID = {
    Action.KEEP: "keep",
    Action.RETRAIN: "retrain",
    Action.ASK: "ask a person",
    Action.HALT: "halt",
    Action.PROMOTE: "promote",
    Action.BLOCK: "block",
}


def said(action: Action) -> str:
    """A decision in a word or two."""
    return _SAID[action]


def course_sentence(course: Course) -> str:
    """How many nights a policy keeps: '363 of 365 nights are kept; 1 would have been retrained on, 1 halted'."""
    found = [
        f"{count(course.count(action))} {words}"
        for action, words in (
            (Action.RETRAIN, "would have retrained the model"),
            (Action.ASK, "would have asked a person"),
            (Action.HALT, "would have halted"),
        )
        if course.count(action)
    ]
    total = count(len(course.nights))
    sentence = f"Under {course.policy}, {count(course.count(Action.KEEP))} of {total} nights are kept"
    other = len(course.differing)
    changed = (
        "Every night is decided as it was when it ran."
        if not other
        else f"{_nights(other)} {'is' if other == 1 else 'are'} decided otherwise than when it ran."
        if other == 1
        else f"{_nights(other)} are decided otherwise than when they ran."
    )
    return f"{sentence}{'; ' if found else ''}{', '.join(found)}. {changed}"


def difference_sentence(courses: Sequence[Course]) -> str:
    """On how many nights the policies differ, and on which first."""
    pairs = list(zip(*(course.nights for course in courses), strict=True))
    differing = [nights[0].as_of for nights in pairs if len({night.action for night in nights}) > 1]
    if not differing:
        return "The policies decide every night alike."
    return f"The policies differ on {_nights(len(differing))}, for the first time on {day(differing[0])}."


def delay_words(delay: Delay, several: bool) -> str:
    """When a change was seen, under which policy where there are several."""
    under = f" under {delay.policy}" if several else ""
    if not delay.nights:
        return f"{delay.injection}: no replayed night has it, so it could not be seen{under}."
    if delay.seen is None or delay.delay is None or delay.action is None:
        return f"{delay.injection}: not seen in {_nights(delay.nights)}{under}."
    when = "on the first night that has it" if not delay.delay else f"{_nights(delay.delay)} after the first"
    anyway = " The night says the same without it, so this is no proof." if delay.anyway else ""
    return f"{delay.injection}: seen{under} {when}, {day(delay.seen)}; the decision is to {said(delay.action)}.{anyway}"


def assumptions(result: Backtest) -> tuple[str, ...]:
    """What the replay cannot know and takes for granted, in the order in which it matters."""
    told = [
        "Everything comes from the profiles that were stored with the nights: no row was read and no model was run.",
        "The monitors start on the first night shown. Nights are replayed in order, also those that were run late.",
        "A retraining makes no model here. The monitors start again after it, as after a promotion, and the cool-down "
        "counts from it; the model in service and its reference stay as they were.",
        "Where another model was promoted in truth, the nights after it are judged under that one, for only that one "
        "scored them, whatever this policy would have decided.",
        "A night that halts does not count: the monitors start again after it. A night whose delivery was broken "
        "before anything was profiled stays halted.",
    ]
    if any(course.injection for course in result.courses):
        told += [
            "An injected change is made to the profiles. Within a bin values are taken to be spread evenly; a moved "
            "feature stays within the range of the reference; how it varies together with others is moved by its mean.",
            "Scores and attributions stay as they were, since new ones would take the model: score drift, attribution "
            "drift and fairness do not see an injected feature, so a real change may be seen sooner.",
            f"Outcomes become known {result.maturity_days} days after their rows. The delay of a concept injection "
            "counts from the first night whose newest outcomes have it.",
            "A change counts as seen on the first night that does not keep the model and has a failing finding that "
            "names what was changed.",
        ]
    if result.clean:
        told.append(
            "Clean years are nights of the reference drawn again, with replacement, each weekday from its own. They "
            "hold the variation that the reference has: neither an error of the reference nor a slow drift beyond it. "
            "A monitor that alarmed starts again, and may alarm again."
        )
    return tuple(told)


def _nights(number: int) -> str:
    return "1 night" if number == 1 else f"{count(number)} nights"

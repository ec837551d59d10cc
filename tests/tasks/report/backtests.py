"""Backtests as they come out of a replay: what the tests of the page and of the last words draw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from tasks.evidence.backtest import Backtest, CleanResult, Course, CourseNight, Delay, MonitorRate, PolicyName
from tasks.evidence.decision import Action
from tasks.evidence.interval import Interval

FIRST = date(2025, 1, 1)
NIGHTS = 40
INJECTION = "covariate:0.5@bureau_score"
REASON = "Data drift: bureau_score moved up by 0.31 standard deviations [0.27, 0.35]; up to 0.20 is tolerated."


def night(index: int) -> date:
    return FIRST + timedelta(days=index)


def course(
    policy: str, loud: Mapping[int, Action], *, injection: str = "", reason: str = REASON, nights: int = NIGHTS,
    stored: Mapping[int, Action] | None = None,
) -> Course:  # fmt: skip
    """A course whose nights are kept but for some, by their index; what was decided when they ran likewise."""
    return Course(
        policy=policy,
        injection=injection,
        injected=night(nights // 2) if injection else None,
        nights=tuple(
            CourseNight(
                as_of=night(i),
                action=loud.get(i, Action.KEEP),
                stored=(stored or {}).get(i, Action.KEEP),
                reasons=(reason,) if i in loud else ("All 7 required checks pass.",),
            )
            for i in range(nights)
        ),
    )


def delay(policy: str, nights: int | None, *, injection: str = INJECTION, anyway: bool = False) -> Delay:
    first = night(NIGHTS // 2)
    seen = None if nights is None else first + timedelta(days=nights)
    return Delay(
        policy=policy, injection=injection, subject="bureau_score", first=first, nights=NIGHTS // 2, seen=seen,
        delay=nights, action=None if seen is None else Action.RETRAIN, anyway=anyway,
    )  # fmt: skip


def rate(title: str, alarms: int, budget: float | None, role: str = "required") -> MonitorRate:
    interval = Interval(low=alarms / 400, high=alarms / 100 + 0.0184, level=0.95)
    return MonitorRate(
        code=title.lower(), title=title, role=role, budget=budget, alarms=alarms, years_with=min(alarms, 3),
        a_year=alarms / 200, interval=interval,
    )  # fmt: skip


def clean(policy: str) -> CleanResult:
    monitors = (rate("Data drift", 4, 0.01), rate("All together", 4, 0.12, role=""))
    return CleanResult(policy=policy, version=3, reference_nights=56, years=200, nights=365, monitors=monitors)


def backtest(*courses: Course, delays: tuple[Delay, ...] = (), cleaned: tuple[CleanResult, ...] = ()) -> Backtest:
    """A backtest of these courses."""
    names = dict.fromkeys(one.policy for one in courses)
    return Backtest(
        project="consumer-credit",
        title="Consumer credit: default within 90 days",
        notice="Simulated data: no real person applied for anything here.",
        first=courses[0].nights[0].as_of,
        last=courses[0].nights[-1].as_of,
        versions=(3, 4),
        maturity_days=90,
        policies=tuple(PolicyName(name=name, digest=f"{i:x}e" * 32) for i, name in enumerate(names)),
        courses=courses,
        delays=delays,
        clean=cleaned,
        seed=7,
    )


def quiet_year() -> Backtest:
    return backtest(course("expectations/policy.toml", {}, nights=365))


def loud_weeks() -> Backtest:
    """Two policies, one of each decision, an injection that one of them sees, clean years."""
    strict = {5: Action.ASK, 12: Action.RETRAIN, 30: Action.HALT}
    return backtest(
        course("strict.toml", strict, stored={5: Action.ASK, 7: Action.BLOCK}),
        course("loose.toml", {30: Action.HALT}, stored={5: Action.ASK, 7: Action.BLOCK}),
        course("strict.toml", {23: Action.RETRAIN}, injection=INJECTION),
        course("loose.toml", {}, injection=INJECTION),
        delays=(delay("strict.toml", 3), delay("loose.toml", None)),
        cleaned=(clean("strict.toml"), clean("loose.toml")),
    )


def hostile_backtest(text: str) -> Backtest:
    """A backtest in which every free text is `text`."""
    injected = course(text, {2: Action.ASK}, injection=text, reason=text)
    made = backtest(
        course(text, {3: Action.RETRAIN}, reason=text), injected, delays=(delay(text, 2, injection=text, anyway=True),),
        cleaned=(clean(text).model_copy(update={"monitors": (rate(text, 2, 0.1, role=text),)}),),
    )  # fmt: skip
    return made.model_copy(update={"title": text, "notice": text, "project": text})

"""Who is approved and who defaults in the simulated portfolio.

Approval is the legacy scorecard's: a cut through four bureau and form values, which lets about 70% through; a
random 2% of the refused are approved all the same, to explore. The probability of a default within 90 days is a
smooth, monotone, interacting function of what the feature tables hold. No protected attribute enters it, unless a
concept shift is declared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from tasks.sources.simulated_applicants import SELF_EMPLOYED, UNEMPLOYED, AccountDay, Snapshot, Traits
from tasks.sources.simulated_applications import DEBT_CONSOLIDATION, Applications
from tasks.sources.simulated_draws import Flags, Integers, Reals

APPROVAL = ("policy", "exploration", "refused")
POLICY, EXPLORATION, REFUSED = range(3)

#: Share of the refused that is approved to explore.
EXPLORATION_SHARE = 0.02
#: Points at which the legacy scorecard approves.
_CUT = 569.0
#: Centre of the log-odds of default, toward which a concept shift flattens.
CENTRE = -2.8
#: Log-odds of the applicant who has nothing for or against them.
_BASE = -3.0


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is true of n applications when they are decided.

    Attributes:
        applications: what was asked for.
        traits: who asked.
        snapshot: the newest published bureau snapshot.
        account: the account on the morning of the day; counts for existing customers only.
    """

    applications: Applications
    traits: Traits
    snapshot: Snapshot
    account: AccountDay


def approval(truth: Truth) -> Integers:
    """How each application was decided: index into `APPROVAL`, shape (n,)."""
    points = (
        truth.snapshot.bureau_score
        - 18.0 * truth.snapshot.delinquencies_24m
        - 4.0 * truth.snapshot.enquiries_6m
        - 45.0 * (truth.traits.employment == UNEMPLOYED)
    )
    explored = truth.applications.draws.uniform("exploration") < EXPLORATION_SHARE
    decided: Integers = np.where(points >= _CUT, POLICY, np.where(explored, EXPLORATION, REFUSED))
    return decided


def propensity(decided: Integers) -> Reals:
    """Probability that the row was approved, given all that the scorecard saw: 1, or the exploration share."""
    return np.where(decided == POLICY, 1.0, EXPLORATION_SHARE)


def log_odds(truth: Truth) -> Reals:
    """True log-odds of a default within 90 days, without any concept shift, shape (n,)."""
    asked, bureau, account = truth.applications, truth.snapshot, truth.account
    burden = (bureau.monthly_debt_payment + asked.amount / asked.term_months) / asked.income
    # Debt bears until about a third of the income, and then strains: a step more than a slope.
    strain = _sigmoid((burden - 0.32) / 0.05)
    weakness = (650.0 - bureau.bureau_score) / 75.0
    stretched = np.where(truth.traits.customer, _sigmoid((account.utilisation - 0.62) / 0.06), 0.0)
    employment = 0.35 * (truth.traits.employment == SELF_EMPLOYED) + 0.8 * (truth.traits.employment == UNEMPLOYED)
    from_form = 0.2 * np.log(asked.amount / 6500.0) + 0.25 * (asked.purpose == DEBT_CONSOLIDATION) + employment
    from_bureau = (
        0.45 * weakness
        + 0.30 * np.minimum(bureau.delinquencies_24m, 4.0)
        + 0.06 * np.minimum(bureau.enquiries_6m, 8.0)
        - 0.25 * np.log1p(bureau.oldest_line_months / 60.0)
    )
    # Strain hurts the weak and the stretched more than the strong: what a sum of single effects cannot say.
    together = strain * (0.8 + 0.8 * np.maximum(weakness, 0.0) + 1.5 * stretched)
    from_account = np.where(truth.traits.customer, 1.1 * stretched + _from_account(account), 0.0)
    odds: Reals = _BASE + from_form + from_bureau + together + from_account
    return odds


def _from_account(account: AccountDay) -> Reals:
    change = account.utilisation - account.utilisation_30d_ago
    effect: Reals = (
        1.2 * np.tanh(4.0 * change)
        + 0.06 * np.minimum(account.overdraft_days_90d, 15.0)
        - 0.45 * np.log1p(account.months_on_book / 24.0)
    )
    return effect


def _sigmoid(x: Reals) -> Reals:
    value: Reals = expit(x)
    return value


def defaults(truth: Truth, odds: Reals) -> Flags:
    """Which applications default within 90 days when approved, drawn at the given log-odds, shape (n,)."""
    drawn: Flags = truth.applications.draws.uniform("default") < _sigmoid(odds)
    return drawn

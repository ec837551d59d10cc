"""Applicants of the simulated portfolio: who they are, what the bureau says of them, how they use their account.

Everything here is a function of (seed, applicant) and, where it changes, of the month or the day. Protected
attributes lean on income, employment and age of credit a little, as proxies do; nothing else knows them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.sources.simulated_draws import Draws, Flags, Integers, Reals

SEX = ("female", "male")
AGE_BAND = ("18-29", "30-44", "45-59", "60+")
ORIGIN = ("A", "B", "C")
EMPLOYMENT = ("salaried", "public", "self_employed", "retired", "unemployed")
HOUSING = ("rent", "mortgage", "own", "family")

#: Origin B, the small group in which a concept shift can hide.
ORIGIN_B = ORIGIN.index("B")
SELF_EMPLOYED = EMPLOYMENT.index("self_employed")
UNEMPLOYED = EMPLOYMENT.index("unemployed")

#: Standard deviations of log monthly income and of the bureau score: the unit of a covariate shift.
INCOME_DEVIATION = 0.47
SCORE_DEVIATION = 74.0
#: That of log income among applicants who are alike in group and employment.
_EARNING_DEVIATION = 0.42

_EMPLOYMENT_BY_AGE = np.array(
    [[0.66, 0.10, 0.10, 0.00, 0.14], [0.62, 0.16, 0.16, 0.00, 0.06], [0.58, 0.18, 0.18, 0.01, 0.05],
     [0.16, 0.06, 0.10, 0.66, 0.02]]
)  # fmt: skip
_HOUSING_BY_ORIGIN = np.array([[0.42, 0.30, 0.16, 0.12], [0.58, 0.18, 0.08, 0.16], [0.50, 0.24, 0.11, 0.15]])
_INCOME_BY_SEX = np.array([-0.04, 0.04])
_INCOME_BY_AGE = np.array([-0.18, 0.04, 0.10, 0.00])
_INCOME_BY_ORIGIN = np.array([0.0, -0.10, -0.04])
_INCOME_BY_EMPLOYMENT = np.array([0.0, 0.05, 0.04, -0.20, -0.55])
_QUALITY_BY_AGE = np.array([-0.20, 0.0, 0.08, 0.15])
_QUALITY_BY_ORIGIN = np.array([0.02, -0.12, -0.03])
_LONGEST_BOOK_MONTHS = 180.0
_LONGEST_LINE_MONTHS = np.array([96.0, 216.0, 336.0, 456.0])


@dataclass(frozen=True, slots=True)
class Population:
    """Where applicants come from.

    Applicants 0 .. size-1 are the usual ones. A covariate shift opens a block of new applicants of the same
    size, numbered on from there, so that no applicant ever has two truths.

    Attributes:
        seed: seed of the simulation.
        size: applicants of one block.
        shifts: a block each: standard deviations by which log income and bureau score lie below the usual.
    """

    seed: int
    size: int
    shifts: tuple[float, ...] = (0.0,)

    def traits(self, applicant: Integers) -> Traits:
        """What does not change about applicants, shape (n,) each."""
        draws = Draws.of(self.seed, "applicant", applicant)
        shift = np.asarray(self.shifts, dtype=np.float64)[applicant // self.size]
        sex = draws.choice("sex", np.array([0.49, 0.51]))
        age_band = draws.choice("age band", np.array([0.26, 0.36, 0.25, 0.13]))
        origin = draws.choice("origin", np.array([0.70, 0.10, 0.20]))
        employment = draws.choice("employment", _EMPLOYMENT_BY_AGE[age_band])
        housing = draws.choice("housing", _HOUSING_BY_ORIGIN[origin])
        earning = draws.normal("earning")
        group_means = _INCOME_BY_SEX[sex] + _INCOME_BY_AGE[age_band] + _INCOME_BY_ORIGIN[origin]
        group_quality = _QUALITY_BY_AGE[age_band] + _QUALITY_BY_ORIGIN[origin]
        log_income = np.log(2450.0) + group_means + _INCOME_BY_EMPLOYMENT[employment]
        return Traits(
            applicant=applicant,
            draws=draws,
            sex=sex,
            age_band=age_band,
            origin=origin,
            employment=employment,
            housing=housing,
            log_income=log_income + _EARNING_DEVIATION * earning - INCOME_DEVIATION * shift,
            quality=0.22 * earning + 0.95 * draws.normal("quality") + group_quality,
            shift=shift,
            customer=draws.uniform("customer") < 0.6,
        )

    def snapshot(self, traits: Traits, month: Integers) -> Snapshot:
        """The bureau's monthly snapshots.

        Args:
            traits: the applicants.
            month: months since January 1970, shape (n,).
        """
        monthly = Draws.of(self.seed, "bureau", traits.applicant, month)
        before = Draws.of(self.seed, "bureau", traits.applicant, month - 1)
        # Half-years that turn over in another month for each applicant: delinquencies do not change every month.
        spell = Draws.of(self.seed, "spell", traits.applicant, (month + traits.applicant % 6) // 6)
        wobble = 0.8 * monthly.normal("score") + 0.6 * before.normal("score")
        standing = 0.9 * traits.quality + 0.42 * wobble - traits.shift
        owed = traits.log_income + 0.75 + 0.7 * traits.draws.normal("debt") + 0.08 * monthly.normal("debt")
        total_debt: Reals = np.rint(np.exp(owed))
        score: Reals = np.rint(np.clip(625.0 + SCORE_DEVIATION * standing, 300.0, 850.0))
        rate = 0.03 + 0.05 * traits.draws.uniform("repayment rate")
        return Snapshot(
            bureau_score=score,
            delinquencies_24m=np.minimum(spell.count("delinquencies", np.exp(-1.0 - 0.8 * standing)), 20.0),
            enquiries_6m=np.minimum(monthly.count("enquiries", np.exp(0.2 - 0.3 * standing)), 30.0),
            total_debt=total_debt,
            monthly_debt_payment=np.rint(total_debt * rate),
            credit_lines=1.0 + np.minimum(traits.draws.count("lines", np.full(month.shape, 3.0)), 40.0),
            oldest_line_months=_age_of(traits, "oldest line", month, _LONGEST_LINE_MONTHS[traits.age_band]),
        )

    def account(self, traits: Traits, day: Integers) -> AccountDay:
        """Daily aggregates of the accounts, as of the start of a day; meaningful for existing customers only.

        Args:
            traits: the applicants.
            day: days since 1 January 1970, shape (n,).
        """
        month = month_of(day)
        monthly = Draws.of(self.seed, "account", traits.applicant, month)
        utilisation = self._utilisation(traits, day)
        balance = np.exp(traits.log_income - 0.6 + 0.8 * monthly.normal("balance")) * (1.3 - utilisation)
        overdraft = monthly.count("overdraft", np.exp(-0.6 + 2.2 * utilisation - 0.5 * traits.quality))
        return AccountDay(
            utilisation=np.round(utilisation, 4),
            utilisation_30d_ago=np.round(self._utilisation(traits, day - 30), 4),
            average_balance=np.round(balance),
            overdraft_days_90d=np.minimum(overdraft, 90.0),
            months_on_book=_age_of(traits, "on book", month, np.full(day.shape, _LONGEST_BOOK_MONTHS)),
        )

    def _utilisation(self, traits: Traits, day: Integers) -> Reals:
        """Share of the credit limit in use: two slow waves of each applicant's own, and a daily jitter."""
        daily = Draws.of(self.seed, "utilisation", traits.applicant, day)
        slow = np.sin(2 * np.pi * (day / 310.0 + traits.draws.uniform("slow wave")))
        fast = np.sin(2 * np.pi * (day / 83.0 + traits.draws.uniform("fast wave")))
        level = -0.35 - 0.45 * traits.quality + 0.8 * traits.draws.normal("utilisation")
        logit = level + 0.6 * slow + 0.8 * fast + 0.1 * daily.normal("utilisation")
        share: Reals = 1.0 / (1.0 + np.exp(-logit))
        return share


@dataclass(frozen=True, slots=True)
class Traits:
    """What does not change about n applicants; arrays of shape (n,).

    Attributes:
        applicant: numbers of the applicants.
        draws: their draws.
        sex: index into `SEX`; and so on for the other categories.
        age_band: index into `AGE_BAND`.
        origin: index into `ORIGIN`.
        employment: index into `EMPLOYMENT`.
        housing: index into `HOUSING`.
        log_income: log of the usual monthly income, in euros.
        quality: latent credit quality, about standard normal; high is good.
        shift: standard deviations by which the applicant's population lies below the usual one.
        customer: whether they have an account with the lender.
    """

    applicant: Integers
    draws: Draws
    sex: Integers
    age_band: Integers
    origin: Integers
    employment: Integers
    housing: Integers
    log_income: Reals
    quality: Reals
    shift: Reals
    customer: Flags


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A monthly bureau snapshot of n applicants: the columns of the table `bureau`."""

    bureau_score: Reals
    delinquencies_24m: Reals
    enquiries_6m: Reals
    total_debt: Reals
    monthly_debt_payment: Reals
    credit_lines: Reals
    oldest_line_months: Reals


@dataclass(frozen=True, slots=True)
class AccountDay:
    """Account aggregates of n applicants at the start of a day: the columns of the table `accounts`."""

    utilisation: Reals
    utilisation_30d_ago: Reals
    average_balance: Reals
    overdraft_days_90d: Reals
    months_on_book: Reals


def month_of(day: Integers) -> Integers:
    """Months since January 1970 of days since 1 January 1970."""
    months: Integers = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _age_of(traits: Traits, name: str, month: Integers, longest: Reals) -> Reals:
    """Age in months of something that is renewed when it gets too old: it grows, yet the portfolio does not age."""
    cycle = (traits.draws.uniform(name) + month / longest) % 1.0
    age: Reals = np.floor(longest * cycle)
    return age

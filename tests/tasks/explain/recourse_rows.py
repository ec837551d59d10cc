"""Rows, a model whose truth is known, and actions, for the tests of counterfactuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.derived import Derived
from tasks.explain.actions import Action, Direction

AMOUNT = Action("amount", "amount asked for", Direction.DECREASE, least=500, step=100, unit="euros")
INCOME = Action("income", "monthly income", Direction.INCREASE, most=9000, step=50, by=1000)
PURPOSE = Action("purpose", "purpose", levels=("car", "home"))
TERM = Action("term", "term", values=(12.0, 24.0, 36.0), unit="months")
ACTIONS = (AMOUNT, INCOME, PURPOSE, TERM)


def applications(n: int, seed: int) -> pd.DataFrame:
    """Random rows; every tenth income is missing. The burden is amount over income, nothing else knows it."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "amount": np.round(rng.uniform(1000, 30000, n), -1),
            "income": np.where(rng.random(n) < 0.1, np.nan, np.round(rng.uniform(800, 6000, n))),
            "purpose": rng.choice(np.array(["car", "home", "travel"], dtype=object), n),
            "term": rng.choice(np.array([12.0, 24.0, 36.0]), n),
            "age": rng.uniform(20, 80, n),
        }
    )
    return recompute(frame.assign(burden=np.nan))


def recompute(features: pd.DataFrame) -> pd.DataFrame:
    return features.assign(burden=features["amount"] / features["income"])


DERIVED = Derived(names=("burden",), recompute=recompute)


def risk(features: pd.DataFrame) -> Any:
    """A step function, as trees are: what is read of amount and income is their ratio alone."""
    burden = features["burden"].fillna(4.0).to_numpy(float)
    points = np.digitize(burden, [1, 2, 3, 4, 5, 6, 8, 10]) + 2 * (features["purpose"] == "travel").to_numpy(float)
    points = points + (features["term"].to_numpy(float) < 24) - 0.02 * (features["age"].to_numpy(float) - 50)
    return 1 / (1 + np.exp(-(points - 5) / 2))

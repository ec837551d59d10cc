import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from tasks.stats.paired_losses import Loss, losses, paired_loss


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(4, 300))
def test_losses_are_those_of_scikit_learn(seed: int, n: int):
    rng = np.random.default_rng(seed)
    label = (np.arange(n) % 3 == 0).astype(np.int8)
    score = np.where(rng.random(n) < 0.1, np.round(rng.random(n)), rng.random(n))
    assert losses(label, score, Loss.LOG).mean() == pytest.approx(log_loss(label, score), abs=1e-9)
    assert losses(label, score, Loss.BRIER).mean() == pytest.approx(brier_score_loss(label, score), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_gain_turns_round_when_the_models_do(seed: int):
    rng = np.random.default_rng(seed)
    label, first, second = (rng.random(50) < 0.3).astype(np.int8), rng.random(50), rng.random(50)
    for loss in Loss:
        one, other = paired_loss(label, first, second, loss), paired_loss(label, second, first, loss)
        assert one is not None
        assert other is not None
        assert one.value == pytest.approx(-other.value)
        assert one.standard_error == pytest.approx(other.standard_error)


def test_the_better_probability_gains():
    rng = np.random.default_rng(0)
    truth = rng.random(4000)
    label = (rng.random(4000) < truth).astype(np.int8)
    for loss in Loss:
        gain = paired_loss(label, truth, np.clip(truth + 0.2, 0.01, 0.99), loss)
        assert gain is not None
        assert gain.interval(0.999).low > 0


def test_nothing_to_compare():
    empty = np.zeros(0)
    assert paired_loss(empty.astype(np.int8), empty, empty, Loss.LOG) is None

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from tasks.stats.membership import log_losses, membership_auc


def test_the_losses_are_those_of_scikit_learn():
    label, score = np.array([0, 1, 1, 0], dtype=np.int8), np.array([0.1, 0.2, 0.9, 0.6])
    assert log_losses(label, score).mean() == pytest.approx(log_loss(label, score))
    assert np.isfinite(log_losses(label, np.array([1.0, 0.0, 1.0, 0.0]))).all()


def test_one_more_event_in_a_hundred_is_no_memory():
    rng = np.random.default_rng(0)
    member = np.repeat([True, False], 20_000)
    label = (rng.random(40_000) < np.where(member, 0.05, 0.15)).astype(np.int8)
    loss = log_losses(label, np.clip(0.1 + 0.03 * rng.standard_normal(40_000), 0.01, 0.5))
    found = membership_auc(loss, member, label)
    assert found is not None
    assert found.value == pytest.approx(0.5, abs=0.01)


def test_a_lower_loss_of_members_shows():
    rng = np.random.default_rng(0)
    member, label = np.repeat([True, False], 1000), rng.integers(0, 2, 2000).astype(np.int8)
    found = membership_auc(rng.random(2000) + 1.0 * ~member, member, label)
    assert found is not None
    assert found.value == pytest.approx(1.0)


def test_nothing_to_compare():
    label = np.zeros(3, dtype=np.int8)
    assert membership_auc(np.arange(3.0), np.array([True, False, False]), label) is None
    assert membership_auc(np.array([]), np.array([], dtype=bool), label[:0]) is None


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans(), st.integers(0, 1)), min_size=8, max_size=40))
def test_members_and_others_mirror_each_other(rows: list[tuple[float, bool, int]]):
    loss, member, label = (np.array(column) for column in zip(*rows, strict=True))
    one, other = (membership_auc(loss, who, label.astype(np.int8)) for who in (member, ~member))
    assert (one is None) == (other is None)
    assert one is None or other is None or one.value + other.value == pytest.approx(1)

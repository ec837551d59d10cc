import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.evidence.binning import Binning, CategoricalLevels, Group, NumericEdges, mid_ranks

NUMBER = NumericEdges(name="x", cuts=(0.0, 1.0), mean=0.5, deviation=0.3, shares=(0.0, 1.0, 0.0))
CATEGORY = CategoricalLevels(name="c", levels=("a",), rare=("b",), shares=(0.7, 0.3, 0.0))
WHOLE = Binning(
    features=(NUMBER, CATEGORY),
    attribution_cuts=((0.0,), ()),
    attribution_shares=((0.4, 0.6), (1.0,)),
    score_cuts=(0.25, 0.5),
    groups=(Group(attribute="", level=""), Group(attribute="sex", level="f")),
    views=("v",),
)
HISTOGRAMS = st.lists(st.integers(0, 20), min_size=1, max_size=8)


def shares(counts: list[int]) -> tuple[float, ...]:
    return tuple((np.array(counts) / max(sum(counts), 1)).tolist())


@settings(deadline=None, derandomize=True)
@given(HISTOGRAMS, st.data())
def test_the_mean_mid_rank_of_other_rows_is_their_auc_against_the_reference(counts: list[int], data: st.DataObject):
    others = data.draw(st.lists(st.integers(0, len(counts) - 1), min_size=1, max_size=20))
    mean = mid_ranks(shares(counts))[others].mean()
    reference = np.repeat(np.arange(len(counts)), counts)
    if len(reference) == 0:
        assert mean == 0.5
    else:
        pairs = np.sign(np.subtract.outer(others, reference))
        assert mean == pytest.approx((1 + pairs.mean()) / 2)


@settings(deadline=None, derandomize=True)
@given(HISTOGRAMS)
def test_over_the_reference_the_mean_mid_rank_is_a_half(counts: list[int]):
    ranks = mid_ranks(shares(counts))
    assert (np.diff(ranks) >= -1e-12).all()
    assert ((ranks >= 0) & (ranks <= 1)).all()
    if sum(counts):
        assert ranks @ np.array(counts) / sum(counts) == pytest.approx(0.5)


def test_ranks_that_are_handed_out_again_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        NUMBER.mid_ranks[0] = 0.9


def test_the_attributions_have_ranks_of_their_own():
    assert WHOLE.attribution_mid_ranks(0).tolist() == [0.2, 0.7]
    assert WHOLE.attribution_mid_ranks(1).tolist() == [0.5]


def test_what_is_stored_comes_back_with_the_same_digest_and_kinds():
    back = Binning.model_validate_json(WHOLE.model_dump_json())
    assert back == WHOLE
    assert back.digest == WHOLE.digest
    assert [type(edges) for edges in back.features] == [NumericEdges, CategoricalLevels]


@pytest.mark.parametrize(
    "change",
    [
        {"score_cuts": (0.25, float(np.nextafter(0.5, 1)))},
        {"features": (CATEGORY, NUMBER)},
        {"features": (NUMBER, CATEGORY.model_copy(update={"rare": ()}))},
        {"groups": WHOLE.groups[:1]},
        {"attribution_shares": ((0.5, 0.5), (1.0,))},
        {"views": ()},
    ],
)
def test_any_other_edge_gives_another_digest(change: dict[str, object]):
    assert WHOLE.model_copy(update=change).digest != WHOLE.digest


def test_the_bins_outside_are_those_beyond_the_first_and_the_last_cut():
    assert NUMBER.outside == (0, 2)
    assert all(NUMBER.shares[bin_] == 0 for bin_ in NUMBER.outside)
    assert NumericEdges(name="x", cuts=(), mean=0, deviation=0, shares=(0.0,)).outside == ()


def test_a_share_is_needed_for_every_bin():
    with pytest.raises(ValidationError, match="x: expected a share for each of 3 bins, got 2"):
        NumericEdges(name="x", cuts=(0.0, 1.0), mean=0, deviation=0, shares=(0.5, 0.5))
    with pytest.raises(ValidationError, match="c: expected a share for each of 3 bins"):
        CategoricalLevels(name="c", levels=("a",), shares=(1.0,))
    with pytest.raises(ValidationError, match="attribution of c: expected a share for each of 1 bins"):
        Binning.model_validate(WHOLE.model_dump() | {"attribution_shares": ((0.4, 0.6), (0.5, 0.5))})


def test_attributions_of_another_number_of_features_are_refused():
    with pytest.raises(ValidationError):
        Binning.model_validate(WHOLE.model_dump() | {"attribution_cuts": ((0.0,),)})


def test_a_group_is_named_as_a_reader_knows_it():
    assert [group.name for group in WHOLE.groups] == ["all rows", "sex=f"]

"""The tree is that of RFC 6962, and a proof leads from its own leaf to the root and from no other."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.governance.merkle import GrowingTree, inclusion_proof, leaf_hash, node_hash
from tasks.governance.standalone.sealing import included

#: The leaves that Certificate Transparency's own tests use, and the root over all of them.
LEAVES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
          "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def root_of(leaves: list[bytes]) -> bytes:
    tree = GrowingTree()
    return [tree.add(leaf) for leaf in leaves][-1]


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_the_roots_are_those_of_certificate_transparency(size: int):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_leaf_and_node_cannot_pass_for_each_other():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"a") == hashlib.sha256(b"\0a").digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_a_proof_leads_from_its_leaf_to_the_root_and_from_no_other(leaves: list[bytes], data: st.DataObject):
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = list(inclusion_proof(leaves, index)), root_of(leaves)
    assert included(leaves[index], index, len(leaves), proof, root)
    assert not included(leaves[index] + b"x", index, len(leaves), proof, root)
    other = data.draw(st.integers(0, len(leaves)))
    if other != index:
        same = other < len(leaves) and leaves[other] == leaves[index] and proof == list(inclusion_proof(leaves, other))
        assert included(leaves[index], other, len(leaves), proof, root) is same
    assert not included(leaves[index], index, len(leaves), [*proof, root], root)


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_proof(index: int):
    with pytest.raises(ValueError, match="expected a leaf"):
        inclusion_proof([b"a", b"b", b"c"], index)

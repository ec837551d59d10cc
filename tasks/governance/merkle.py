"""Merkle tree over the ledger's entries: one root stands for all of them, and a short proof for one of them.

Definition (RFC 6962, section 2.1): a leaf's hash is SHA-256(0x00 || leaf), a node's SHA-256(0x01 || left || right); the
left subtree of n leaves has the largest power of two below n. The two prefixes keep a node from passing as a leaf.

Source: Merkle, A Digital Signature Based on a Conventional Encryption Function, CRYPTO '87; Laurie, Langley and Kasper,
RFC 6962 (2013).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


class GrowingTree:
    """A tree that leaves are added to; its root after each costs O(log n).

    It keeps the roots of the full subtrees from left to right, of falling size.
    """

    def __init__(self) -> None:
        """Start with no leaf."""
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> bytes:
        """Add a leaf and return the root over all leaves so far.

        Args:
            leaf: its content.
        """
        self._peaks.append((1, leaf_hash(leaf)))
        while len(self._peaks) > 1 and self._peaks[-1][0] == self._peaks[-2][0]:
            size, right = self._peaks.pop()
            _, left = self._peaks.pop()
            self._peaks.append((2 * size, node_hash(left, right)))
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = node_hash(left, root)
        return root


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 || leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The hashes that lead from one leaf to the root, from the leaf's neighbour upwards.

    Args:
        leaves: contents of all leaves under the root.
        index: which leaf, from 0.

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise ValueError(f"expected a leaf from 0 to {len(leaves) - 1}, received {index}; name one of the tree")
    return _path([leaf_hash(leaf) for leaf in leaves], index)


def _path(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    if len(hashes) == 1:
        return ()
    split = _split(len(hashes))
    left, right = hashes[:split], hashes[split:]
    if index < split:
        return (*_path(left, index), _root(right))
    return (*_path(right, index - split), _root(left))


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return node_hash(_root(hashes[:split]), _root(hashes[split:]))


def _split(size: int) -> int:
    """The largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)

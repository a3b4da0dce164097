"""Merkle tree hashing of RFC 6962, section 2.1: leaves and nodes are told apart by their first octet.

Rule: a tree only grows. The frontier holds one hash for each complete subtree, so appending costs O(1) hashes on
average and nothing of the tree has to be kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 ‖ leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The complete subtrees of a growing tree, largest first."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Take up a frontier again. Raises ValueError if it cannot belong to a tree of `size` leaves."""
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count() or any(len(h) != HASH_SIZE for h in self._hashes):
            raise ValueError("not the frontier of a tree of this size")

    def append(self, hashed_leaf: bytes) -> None:
        """Add one leaf, given its leaf hash."""
        hashes, size = self._hashes, self.size
        while size & 1:
            hashed_leaf = node_hash(hashes.pop(), hashed_leaf)
            size >>= 1
        hashes.append(hashed_leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far; SHA-256 of nothing for none."""
        if not self._hashes:
            return EMPTY_ROOT
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The subtree hashes, largest subtree first."""
        return tuple(self._hashes)

    def copy(self) -> Frontier:
        """An independent copy."""
        return Frontier(self.size, self._hashes)


def root_of(hashed_leaves: list[bytes]) -> bytes:
    """The root over a whole list of leaf hashes at once."""
    if not hashed_leaves:
        return EMPTY_ROOT
    level = hashed_leaves
    while len(level) > 1:
        # An odd last node moves up unhashed: the same tree as the RFC's recursive split at a power of two.
        paired = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        if len(level) & 1:
            paired.append(level[-1])
        level = paired
    return level[0]

"""The Merkle tree over the hashes of a book's events (RFC 6962), grown one leaf at a time.

It proves that one event is in a signed book with a few dozen hashes, and without showing any other event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

SIZE = 32
EMPTY = sha256(b"").digest()


def leaf(value: bytes) -> bytes:
    return sha256(b"\x00" + value).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """Only its full subtrees are kept, the largest first: one for each 1 of the number of leaves in binary."""

    def __init__(self, leaves: int = 0, peaks: bytes = b"") -> None:
        if len(peaks) != SIZE * leaves.bit_count():
            raise ValueError("These peaks are not those of a tree of so many leaves")
        self.leaves = leaves
        self._peaks = [peaks[at : at + SIZE] for at in range(0, len(peaks), SIZE)]

    @property
    def peaks(self) -> bytes:
        return b"".join(self._peaks)

    def add(self, value: bytes) -> None:
        grown, self.leaves = leaf(value), self.leaves + 1
        full = self.leaves
        while not full & 1:
            grown, full = node(self._peaks.pop(), grown), full >> 1
        self._peaks.append(grown)

    @property
    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node(peak, root)
        return root


def path(values: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that, with the leaf at ``index``, make the root: RFC 6962, 2.1.1. The lowest first."""
    hashes = [leaf(value) for value in values]
    found: list[bytes] = []

    def climb(first: int, last: int) -> bytes:
        if last - first == 1:
            return hashes[first]
        half = 1 << (last - first - 1).bit_length() - 1
        left, right = climb(first, first + half), climb(first + half, last)
        if first <= index < first + half:
            found.append(right)
        elif first + half <= index < last:
            found.append(left)
        return node(left, right)

    climb(0, len(hashes))
    return found


def root_of(values: Iterable[bytes]) -> bytes:
    tree = Tree()
    for value in values:
        tree.add(value)
    return tree.root

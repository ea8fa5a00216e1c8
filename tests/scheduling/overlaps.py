"""Whether anybody is in two places at once. The judge of every test about double booking, and of its control."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import NamedTuple


class Taken(NamedTuple):
    """A resource is taken from ``start`` up to ``end``."""

    resource: Hashable
    start: datetime
    end: datetime
    session: Hashable


def double_booked(taken: Iterable[Taken]) -> list[tuple[Taken, Taken]]:
    """Every pair that takes the same resource at the same time. Touching is not overlapping."""
    found = []
    by_resource: dict[Hashable, list[Taken]] = {}
    for one in taken:
        by_resource.setdefault(one.resource, []).append(one)
    for of_one in by_resource.values():
        of_one.sort(key=lambda each: (each.start, each.end))
        for index, one in enumerate(of_one):
            for other in of_one[index + 1 :]:
                if other.start >= one.end:
                    break
                found.append((one, other))
    return found

"""Folded aggregates kept between commands, so that a busy stream is not read and folded again for each of them.

Nothing here is believed: an append verifies the version of every stream it was decided on. So a process may hold
stale state without harm, and needs no invalidation from elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any
from uuid import UUID

from domain.base import Aggregate

Place = tuple[UUID, UUID]
"""Tenant and stream."""


class Memory:
    """Two shelves of bounded size. *Own*: aggregates to be changed are taken off the shelf, so only one command at a
    time has an instance. *Shared*: aggregates that are only looked at (settings, prices) are lent to many."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._own: OrderedDict[Place, Aggregate] = OrderedDict()
        self._shared: OrderedDict[Place, Aggregate] = OrderedDict()

    def take(self, kind: type[Any], place: Place) -> Any:
        aggregate = self._own.pop(place, None)
        return aggregate if type(aggregate) is kind else None

    def keep(self, tenant_id: UUID, aggregate: Aggregate) -> None:
        self._put(self._own, (tenant_id, aggregate.id), aggregate)

    def look(self, kind: type[Any], place: Place) -> Any:
        aggregate = self._shared.get(place)
        if type(aggregate) is not kind:
            return None
        self._shared.move_to_end(place)
        return aggregate

    def share(self, tenant_id: UUID, aggregate: Aggregate) -> None:
        self._put(self._shared, (tenant_id, aggregate.id), aggregate)

    def forget(self, place: Place) -> None:
        self._own.pop(place, None)
        self._shared.pop(place, None)

    def forget_tenant(self, tenant_id: UUID) -> None:
        """All of a tenant: somebody was erased, and which aggregates knew of them is not recorded."""
        for shelf in (self._own, self._shared):
            for place in [place for place in shelf if place[0] == tenant_id]:
                del shelf[place]

    def unshare(self, place: Place) -> None:
        self._shared.pop(place, None)

    def _put(self, shelf: OrderedDict[Place, Aggregate], place: Place, aggregate: Aggregate) -> None:
        shelf[place] = aggregate
        shelf.move_to_end(place)
        while len(shelf) > self._size:
            shelf.popitem(last=False)

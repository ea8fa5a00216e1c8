"""Whose turn it is: commands of one process that want to change the same stream go one after the other.

Correctness does not need this, the append sees to it. But of a hundred commands decided on the same version one is
stored, and the others fold the whole stream again, and again: on a long ledger most of them gave up before their turn.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import Final
from uuid import UUID

PATIENCE: Final = 2.0
"""Seconds after which a command goes on without its turn: whoever has it may be waiting for a database that is away."""

Place = tuple[UUID, UUID]
"""Tenant and stream."""
Ticket = tuple[object, "asyncio.Future[None]"]


class Turns:
    """First come, first served, for each stream. A command is told apart by its unit of work."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._holder: dict[Place, object] = {}
        self._held: defaultdict[object, list[Place]] = defaultdict(list)
        self._queues: defaultdict[Place, deque[Ticket]] = defaultdict(deque)
        self._awaited: dict[object, Place] = {}

    async def take(self, place: Place, unit: object) -> None:
        """Come back when the stream is free or ``unit``'s own; or soon, if waiting could not end or takes too long."""
        if place not in self._holder:
            self._hand(place, unit)
            return
        if self._holder[place] is unit or self._circular(place, unit):
            return
        ticket: Ticket = (unit, asyncio.get_running_loop().create_future())
        self._queues[place].append(ticket)
        self._awaited[unit] = place
        try:
            await asyncio.wait([ticket[1]], timeout=self._patience)
        finally:
            self._awaited.pop(unit, None)
            if not ticket[1].done():
                self._queues[place].remove(ticket)
                if not self._queues[place]:
                    del self._queues[place]

    def leave(self, unit: object) -> None:
        """``unit`` is done: everything it held goes to whoever is next."""
        for place in self._held.pop(unit, ()):
            queue = self._queues.get(place)
            if queue:
                following, future = queue.popleft()
                if not queue:
                    del self._queues[place]
                self._hand(place, following)
                future.set_result(None)
            else:
                del self._holder[place]

    def _hand(self, place: Place, unit: object) -> None:
        self._awaited.pop(unit, None)  # from now on, not only from when its task runs again
        self._holder[place] = unit
        self._held[unit].append(place)

    def _circular(self, place: Place, unit: object) -> bool:
        """Whether the stream's holder waits, perhaps through others, for something that ``unit`` holds."""
        wanted: Place | None = place
        while wanted is not None:
            holder = self._holder.get(wanted)
            if holder is unit:
                return True
            wanted = None if holder is None else self._awaited.get(holder)
        return False

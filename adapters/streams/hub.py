"""Fanning out: what the read models have come to show is read once a process, and told to each who may hear of it.

``Positions`` says that a centre's read models have moved; only then is anything announced, so that whoever fetches upon
an announcement sees what it is about. What happened is read from the book after the position that was told last: a
notice that got lost costs time, not announcements. Before each reading it is asked which listeners' logins still hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter as Count
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from prometheus_client import Counter, Gauge
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.event_store import Unavailable
from adapters.streams.announcing import Missed, announcements, frames_for, owners_of
from adapters.streams.client import Client, Frame, frame
from application.base import SYSTEM, Context
from application.permissions import Scope
from application.ports import Clock, Reading, TooMany
from application.stream import Announcement, Listener, Owners, Receive, Send, Stay
from domain.base import Refused
from domain.values import Role
from projections import stream

log = logging.getLogger("daybook.streams")

BEAT_SECONDS = 15.0
"""Between two signs of life on a stream that is otherwise silent."""
LOOK_SECONDS = 5.0
"""Between two looks at every listener's login and every centre's position. A token that has expired, a login that was
ended or given another role closes its streams within twice this."""
TICK_SECONDS = 1.0
MOST_MISSED = 1_000
"""Events: who was away for more is told to fetch anew."""
AT_ONCE = 500
RETRY_MS = 2_000
SPREAD_MS = 4_000
"""After a restart listeners come back within this time, not all at the same moment."""

OPEN = Gauge("daybook_streams_open", "Listeners to announcements", multiprocess_mode="livesum")
RESETS = Counter("daybook_stream_resets_total", "Times a listener was told to fetch anew", ["reason"])

Who = tuple[Role, UUID | None]
"""Those who hear the same: a role and, in OWN scope, the person."""


class Channel:
    """The listeners of one centre. ``position``: as far as they have been told; ``wanted``: as far as there is."""

    __slots__ = ("clients", "position", "wanted")

    def __init__(self, position: int) -> None:
        self.position = position
        self.wanted = position
        self.clients: set[Client] = set()


class Streams:
    """``run`` is a task of the API process. ``most`` listeners in all, ``most_each`` of one person."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], reading: Reading, clock: Clock, *, most: int, most_each: int
    ) -> None:
        self._pool = pool
        self._reading = reading
        self._clock = clock
        self._most = most
        self._most_each = most_each
        self._channels: dict[UUID, Channel] = {}
        self._moved: set[UUID] = set()
        self._wake = asyncio.Event()
        self._of_user: Count[UUID] = Count()
        self._closing = False

    # Listening

    async def missed(self, context: Context, listener: Listener, after: int | None) -> bytes:
        """What happened after a position, as one text, for somebody who does not stay."""
        found = await self._missed(context, listener, after)
        return self._opening(found, after)

    async def listen(self, context: Context, listener: Listener, after: int | None) -> Stay:
        """What answers the request, and stays. Raises what a reading does, and ``TooMany``."""
        if self._closing or sum(self._of_user.values()) >= self._most:
            raise Unavailable
        if self._of_user[listener.user_id] >= self._most_each:
            raise TooMany(int(LOOK_SECONDS))
        found = await self._missed(context, listener, after)
        return partial(self._stay, Client(listener, found.position, self._opening(found, after)))

    async def _stay(self, client: Client, receive: Receive, send: Send) -> None:
        listener = client.listener
        channel = self._channels.setdefault(listener.tenant_id, Channel(client.after))
        if channel.position > client.after:  # others were told more between our reading and now
            client.tell_reset(channel.position, "behind")
        channel.clients.add(client)
        self._of_user[listener.user_id] += 1
        OPEN.inc()
        try:
            if self._closing:
                client.end("restart", RETRY_MS)
            await client.listen(receive, send)
        finally:
            OPEN.dec()
            client.left()
            self._of_user[listener.user_id] -= 1
            if not self._of_user[listener.user_id]:
                del self._of_user[listener.user_id]
            channel.clients.discard(client)
            if not channel.clients and self._channels.get(listener.tenant_id) is channel:
                del self._channels[listener.tenant_id]

    async def _missed(self, context: Context, listener: Listener, after: int | None) -> Missed:
        async with self._reading(context) as db:
            position = await stream.reached(db)
            if after is None or after == position:
                return Missed(position, (), too_many=False)
            if after > position or position - after > MOST_MISSED:  # from a book that was restored, or long ago
                RESETS.labels("behind").inc()
                return Missed(position, (), too_many=True)
            found, _ = await announcements(db, after, position, MOST_MISSED)
            owners = await owners_of(db, found) if listener.own else Owners()
        return Missed(position, frames_for(found, listener.role, listener.user_id, owners), too_many=False)

    def _opening(self, found: Missed, after: int | None) -> bytes:
        position = found.position if after is None else after
        opened = frame("open", {"position": position})
        return b"retry: %d\n%b%bid: %d\n\n" % (RETRY_MS, opened, found.text, found.position)

    # Telling

    def moved(self, tenant_id: UUID, position: int) -> None:
        """The read models of a centre show its book up to here. Called from the event loop."""
        channel = self._channels.get(tenant_id)
        if channel is not None and position > channel.wanted:
            channel.wanted = position
            self._moved.add(tenant_id)
            self._wake.set()

    def close(self) -> None:
        """End every stream, telling each when to come back: this process stops. Called from the event loop."""
        self._closing = True
        for number, client in enumerate(self._clients()):
            client.end("restart", RETRY_MS + number * 37 % SPREAD_MS)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fan_out())
            tasks.create_task(self._tend())

    async def _fan_out(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            moved, self._moved = self._moved, set()
            for tenant_id in moved:
                try:
                    await self._tell(tenant_id)
                except (psycopg.Error, PoolTimeout, Refused) as error:
                    # The next look finds the position moved, and tries again.
                    log.warning("announcements wait for the database (%s)", type(error).__name__)
                except Exception:
                    log.exception("a centre's announcements failed")

    async def _tell(self, tenant_id: UUID) -> None:
        channel = self._channels.get(tenant_id)
        while channel is not None and channel.clients and channel.position < channel.wanted:
            await self._end_revoked(channel.clients)
            own = any(client.listener.own for client in channel.clients)
            async with self._reading(self._context(tenant_id)) as db:
                upto = await stream.reached(db)  # of the database that readers ask, which may be a replica
                found, last = await announcements(db, channel.position, upto, AT_ONCE)
                owners = await owners_of(db, found) if own and found else Owners()
            if upto <= channel.position:
                return
            self._share(channel, found, owners, last)
            channel.position = last
            channel.wanted = max(channel.wanted, upto)

    def _share(self, channel: Channel, found: Sequence[Announcement], owners: Owners, last: int) -> None:
        frames: dict[Who, Sequence[Frame]] = {}
        for client in channel.clients:
            listener = client.listener
            who = (listener.role, listener.user_id if listener.own else None)
            if who not in frames:
                frames[who] = frames_for(found, listener.role, listener.user_id, owners)
            if not client.tell(frames[who], last):
                RESETS.labels("slow").inc()

    def _context(self, tenant_id: UUID) -> Context:
        """Of nobody in particular: it reads what is announced, and who hears of it is decided from that."""
        now = self._clock.now()
        return Context(tenant_id, SYSTEM, Role.WORKSPACE_ADMIN, now, SYSTEM, _no_id, scope=Scope.ALL)

    # Tending

    def _clients(self) -> list[Client]:
        return [client for channel in self._channels.values() for client in channel.clients]

    async def _tend(self) -> None:
        """Signs of life, a share of them each second; ends; and a look round in case something went unheard."""
        loop = asyncio.get_running_loop()
        looked, turn = loop.time(), 0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            clients, now = self._clients(), self._clock.now()
            for client in clients:
                if client.over(now):
                    client.end("expired", RETRY_MS)
            shares = max(1, round(BEAT_SECONDS / TICK_SECONDS))
            turn = (turn + 1) % shares
            for client in clients:
                if id(client) // 64 % shares == turn:
                    client.beat()
            if loop.time() - looked >= LOOK_SECONDS:
                looked = loop.time()
                with contextlib.suppress(psycopg.Error, PoolTimeout):
                    await self._end_revoked(clients)
                    await self._look()

    async def _end_revoked(self, clients: Iterable[Client]) -> None:
        asked = list({client.listener: None for client in clients if client.ending is None})
        if not asked:
            return
        columns = [
            [each.tenant_id for each in asked], [each.user_id for each in asked],
            [each.role.value for each in asked], [each.signed_in_at for each in asked],
        ]  # fmt: skip
        async with self._pool.connection() as db:
            rows = await db.execute(
                "SELECT holds FROM book.logins_hold(%s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[])", columns
            )
            ended = {each for each, (holds,) in zip(asked, await rows.fetchall(), strict=True) if not holds}
        for client in list(clients) if ended else ():
            if client.listener in ended:
                client.end("revoked", RETRY_MS)

    async def _look(self) -> None:
        async with self._pool.connection() as db:
            rows = await db.execute("SELECT * FROM book.shown(%s::uuid[])", [list(self._channels)])
            for tenant_id, position in await rows.fetchall():
                channel = self._channels.get(tenant_id)
                if channel is None:
                    continue
                # A crash may take the read models' last commits: what is shown again is announced again.
                channel.position = channel.wanted = min(channel.position, position)
                self.moved(tenant_id, position)


def _no_id() -> UUID:
    raise NotImplementedError("nothing is written here")

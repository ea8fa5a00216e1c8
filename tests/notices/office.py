"""A centre whose notices are sent from within the test, by a provider that does as it is told, on a clock that is
turned by hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from adapters.commanding import CommandSide
from adapters.notifying import Due
from adapters.settings import Settings
from adapters.system import ReadSide
from application.base import SYSTEM, Command, Context, execute
from application.notices.senders import (
    ABSENT,
    Absent,
    Accepted,
    Answer,
    Found,
    Parcel,
    Sender,
    Silent,
    Traced,
    Work,
)
from consumers.sending import Worker
from domain.notices import Delivery
from domain.values import Channel, Role
from tests.support.system import Centre

T = TypeVar("T")


class Clock:
    """Real time, and what was added to it."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


Script = Answer | BaseException | Callable[[Parcel], Answer | Awaitable[Answer]]


@dataclass
class Scripted:
    """Answers as ``script`` says, in order, and then takes everything. ``arrived`` counts what it really took, by
    text: also of tries that it then did not answer (``took_it``)."""

    name: str = "scripted"
    askable: bool = True
    traces: bool = False
    script: list[Script] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    arrived: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    silent: bool = False

    async def send(self, parcel: Parcel) -> Answer:
        self.parcels.append(parcel)
        self.keys[parcel.key] += 1
        step: Any = self.script.pop(0) if self.script else Accepted(f"id-{parcel.key}")
        if isinstance(step, BaseException):
            raise step
        if callable(step):
            step = step(parcel)
        answer: Answer = await step if asyncio.iscoroutine(step) else step
        if isinstance(answer, Accepted):
            self.arrived[parcel.text] += 1
        return answer

    def took_it(self, parcel: Parcel) -> None:
        self.arrived[parcel.text] += 1

    async def find(self, parcel: Parcel, since: datetime) -> Found | Absent | Silent:
        if self.silent:
            return Silent()
        return Found(f"found-{parcel.key}") if self.arrived[parcel.text] else ABSENT

    async def trace(self, provider_id: str) -> Traced | Silent:
        return Traced(Delivery.DELIVERED)

    async def close(self) -> None: ...


class OnlyOf:
    """What is due at one centre."""

    def __init__(self, due: Due, tenant_id: UUID) -> None:
        self._due, self._tenant_id = due, tenant_id

    async def due(self, now: datetime, most: int) -> Sequence[Work]:
        return [work for work in await self._due.due(now, 10_000) if work.tenant_id == self._tenant_id][:most]


class Office:
    def __init__(self, centre: Centre, runner: asyncio.Runner, side: CommandSide, reading: ReadSide) -> None:
        self.centre = centre
        self.clock: Clock = side.clock  # type: ignore[assignment]
        self.sms, self.mail = Scripted(), Scripted("post")
        self.side = side
        self._runner = runner
        self._reading = reading
        self.tenant_id = UUID(centre.tenant_id)
        self.worker = self.another_worker()

    def another_worker(self) -> Worker:
        senders: dict[Channel, Sender] = {Channel.SMS: self.sms, Channel.EMAIL: self.mail}
        due = OnlyOf(Due(self.side, self._reading), self.tenant_id)
        return Worker(due, senders, self.side.store, self.clock, self.side.new_id)

    def run(self, work: Awaitable[T]) -> T:
        async def whole() -> T:
            return await work

        return self._runner.run(whole())

    def context(self, key: str | None = None) -> Context:
        return Context(
            tenant_id=self.tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=self.clock.now(),
            correlation=self.side.new_id(), new_id=self.side.new_id, key=key,
        )  # fmt: skip

    def do(self, command: Command) -> dict[str, Any]:
        """As consumers and the clock do; when it returns, the read models have seen it."""
        outcome = self.run(execute(command, self.context(), self.side.store))
        assert self.run(self.side.positions.reached(self.tenant_id, outcome.position, 10))
        return outcome.result

    def caught_up(self) -> None:
        head = self.run(self._head())
        assert self.run(self.side.positions.reached(self.tenant_id, head, 10))

    async def _head(self) -> int:
        async with self.side.pool.connection() as db, db.transaction():
            await db.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant_id)])
            row = await (await db.execute("SELECT position FROM book.books")).fetchone()
        assert row is not None
        return int(row[0])

    def send_due(self, *workers: Worker) -> None:
        """Everything that is due now is looked at once by each of these workers (a fresh one, unless told)."""

        async def all_of_them() -> None:
            await asyncio.gather(*(worker.round() for worker in workers or [self.another_worker()]))

        self.caught_up()
        self.run(all_of_them())
        self.caught_up()

    def later(self, **by: float) -> None:
        self.clock.ahead += timedelta(**by)

    def notice(self, notice_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.centre.get(f"/notifications/{notice_id}")
        return found

    def log(self, **params: Any) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.centre.get("/notifications", params={"pageSize": 100, **params})["data"]
        return listed


@contextmanager
def opened(centre: Centre) -> Iterator[Office]:
    settings = Settings(centre.system.environment)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def enter() -> Office:
            side = await stack.enter_async_context(CommandSide(settings, Clock()).running())
            reading = ReadSide.at(settings.app_url, 4)
            stack.push_async_callback(reading.close)
            return Office(centre, runner, side, reading)

        office = runner.run(enter())
        try:
            # By day or night: only the tests of quiet hours keep them.
            centre.put(f"/tenants/{centre.tenant_id}/settings", {"quietHoursEnabled": False})
            yield office
        finally:
            runner.run(stack.aclose())

"""Doing what is due. Any number of schedulers may run, at once or in turns, and end at any moment.

What they ask for has an id made of what it is about, so that asking twice is asking once; a mark is set only when all
of a period was asked for, so that what a crash interrupts is asked for again. A centre is looked at when its book has
moved or a time has come, and only once the read models show all of its book.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from application.base import PLATFORM, SYSTEM, Command, Context, Store, execute
from application.notices import RequestNotices, dues_reminder, session_reminder
from application.ports import Clock
from application.rescheduling import ExpireRescheduleRequests
from consumers.base import named
from consumers.schedule.due import dues_month, next_look, reminders_of, sessions_to_remind
from consumers.schedule.facts import Centre, Chore, Facts, Marks
from domain.base import Refused
from domain.timegrid import wall
from domain.values import NoticeKind, Role

log = logging.getLogger("daybook.schedule")

DUES: Final = "dues"
LOOK: Final = "look"
"""The mark that says when anybody last looked: what a health check goes by."""
PATIENT: Final = 5.0
"""Seconds that the read models are waited for; once they were too late for one centre, ``IMPATIENT`` for the others."""
IMPATIENT: Final = 0.3
AT_ONCE: Final = 4
"""Centres that are looked after at the same time."""


@dataclass(slots=True)
class Tally:
    """What was asked for since this began; ``repeated``: that was there already."""

    asked: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    failed: int = 0

    def count(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1


class Scheduler:
    """``tick`` may be called at any time and as often as one likes; one call at a time."""

    def __init__(
        self, facts: Facts, store: Store, clock: Clock, new_id: Callable[[], UUID], chores: Sequence[Chore] = ()
    ) -> None:
        self.tally = Tally()
        self._facts = facts
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._chores = chores
        self._looked: dict[UUID, tuple[int, datetime]] = {}
        """Where each centre's book stood when nothing of it was due, and until when that holds."""
        self._behind = 0

    async def tick(self) -> None:
        """Look at everything once, and do what is due. What goes wrong is logged, and due again at the next tick."""
        try:
            self._behind = 0
            centres, marks = await self._facts.centres(), await self._facts.marks()
            now = self._clock.now()
            await self._facts.mark(PLATFORM, LOOK, now.isoformat(), now)
        except Refused as refusal:
            log.warning("what is due cannot be seen (%s)", named(refusal))
            return
        free = asyncio.Semaphore(AT_ONCE)

        async def look(centre: Centre) -> None:
            async with free:
                await self._safely(centre, marks)

        await asyncio.gather(*(look(centre) for centre in centres if self._wants_a_look(centre)))
        if self._behind:
            log.warning("the read models of %d centres are behind: their schedule waits", self._behind)
        for chore in self._chores:
            await self._do(chore, marks)

    def _wants_a_look(self, centre: Centre) -> bool:
        position, until = self._looked.get(centre.id, (-1, centre.opened_at))
        return centre.position != position or self._clock.now() >= until

    async def _safely(self, centre: Centre, marks: Marks) -> None:
        self._looked.pop(centre.id, None)
        try:
            if not await self._facts.caught_up(centre, IMPATIENT if self._behind else PATIENT):
                self._behind += 1
                return
            now = self._clock.now()
            failed = self.tally.failed
            await self._remind_of_dues(centre, marks.get((centre.id, DUES)), now)
            await self._remind_of_sessions(centre, now)
            await self._expire(centre, now)
            if failed == self.tally.failed:
                self._looked[centre.id] = (centre.position, await self._until(centre, now))
        except Exception as error:
            # Its text may quote people.
            log.error("the schedule of %s waits for the next tick (%s)", centre.id, named(error))
            self.tally.failed += 1

    async def _remind_of_dues(self, centre: Centre, done: str | None, now: datetime) -> None:
        channels = centre.policy.channels_of(NoticeKind.DUES_REMINDER)
        month = dues_month(centre.policy, centre.zone, centre.opened_at, done, now)
        if month is None or not channels:
            return
        year, number = map(int, month.split("-"))
        failed = self.tally.failed
        for patient_id in await self._facts.owing(centre, wall(now, centre.zone).date()):
            await self._ask(centre, dues_reminder(patient_id, year, number), patient_id)
        if failed == self.tally.failed:
            await self._facts.mark(centre.id, DUES, month, now)

    async def _remind_of_sessions(self, centre: Centre, now: datetime) -> None:
        if not centre.policy.channels_of(NoticeKind.SESSION_REMINDER):
            return
        upto = now + timedelta(hours=centre.policy.reminder_hours_before)
        sessions = await self._facts.starting(centre, now, upto)
        ids = [id_ for each in sessions for id_ in reminders_of(centre.policy, each)]
        asked = await self._facts.asked_for(centre, ids) if ids else ()
        for each in sessions_to_remind(centre.policy, sessions, asked, now):
            request = session_reminder(each.patient_id, each.session_id, each.starts_at)
            await self._ask(centre, request, each.patient_id)

    async def _expire(self, centre: Centre, now: datetime) -> None:
        # One command a look: it moves the book, and so leads to the next look, if there are more.
        if sessions := await self._facts.expired(centre, now):
            command = ExpireRescheduleRequests(session_ids=tuple(sessions))
            await self._execute(centre, command, f"schedule/expiry/{self._new_id()}")
            self.tally.count("expiry")

    async def _until(self, centre: Centre, now: datetime) -> datetime:
        upto = now + timedelta(hours=centre.policy.reminder_hours_before)
        starts = await self._facts.next_start(centre, upto)
        expires = await self._facts.next_expiry(centre, now)
        return next_look(centre.policy, centre.zone, starts, expires, now)

    async def _ask(self, centre: Centre, command: RequestNotices, patient_id: UUID) -> None:
        """Ask for notices. The key spares the book what was asked for before; the notices' own ids are what makes
        asking twice harmless. A channel that was chosen since is another key: it gets its notice, too."""
        channels = "+".join(centre.policy.channels_of(command.kind))
        key = f"schedule/{command.kind}/{patient_id}/{command.occasion}/{channels}"
        try:
            await self._execute(centre, command, key)
            self.tally.count(command.kind)
        except Refused as refusal:
            log.error("a notice of %s could not be asked for (%s)", centre.id, named(refusal))
            self.tally.failed += 1

    async def _execute(self, centre: Centre, command: Command, key: str) -> None:
        context = Context(
            tenant_id=centre.id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=self._clock.now(),
            correlation=self._new_id(), new_id=self._new_id, key=key,
        )  # fmt: skip
        outcome = await execute(command, context, self._store)
        self.tally.repeated += outcome.replayed

    async def _do(self, chore: Chore, marks: Marks) -> None:
        now = self._clock.now()
        period = chore.period(now)
        if marks.get((PLATFORM, chore.name), "") >= period:
            return
        try:
            await chore.run(now)
            await self._facts.mark(PLATFORM, chore.name, period, now)
            self.tally.count(chore.name)
        except Exception as error:
            log.error("%s waits for the next tick (%s)", chore.name, named(error))
            self.tally.failed += 1

"""A centre whose families owe, and the notices it asked for: what tests of the schedule look at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from adapters.scheduling import scheduling
from adapters.settings import from_environment
from consumers.schedule import Scheduler
from tests.support.system import Centre, RunningSystem, wait_until


@dataclass
class Clock:
    standing: datetime

    def now(self) -> datetime:
        return self.standing


@dataclass
class Clinic:
    centre: Centre
    patients: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    @property
    def system(self) -> RunningSystem:
        return self.centre.system

    def asked(self, kind: str) -> list[tuple[str, str | None, str | None]]:
        """Whom notices of this kind tell, for which month or of which session: one entry a notice, in the book."""
        with psycopg.connect(self.system.database.admin_url) as db:
            rows = db.execute(
                "SELECT data::jsonb->>'patient_id', data::jsonb->>'month', data::jsonb->>'session_id' FROM book.events"
                " WHERE tenant_id = %s AND topic = 'notices.NoticeRequested' AND data::jsonb->>'kind' = %s"
                " ORDER BY position",
                [self.centre.tenant_id, kind],
            ).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]

    def mark(self, job: str = "dues") -> str | None:
        with psycopg.connect(self.system.database.admin_url) as db:
            row = db.execute(
                "SELECT done FROM book.schedule_marks WHERE tenant_id = %s AND job = %s", [self.centre.tenant_id, job]
            ).fetchone()
        return None if row is None else str(row[0])

    def settle(self) -> None:
        """Until the read models show the whole book."""

        def shown() -> bool:
            with psycopg.connect(self.system.database.admin_url) as db:
                row = db.execute(
                    "SELECT b.position = p.position FROM book.books b JOIN reading.positions p USING (tenant_id)"
                    " WHERE tenant_id = %s",
                    [self.centre.tenant_id],
                ).fetchone()
            return bool(row and row[0])

        wait_until(shown)


def clinic(system: RunningSystem, patients: int, *, zone: str = "Asia/Kolkata", **settings: Any) -> Clinic:
    """Each patient has a session in a week, and owes for it from then on."""
    centre = system.new_centre(timezone=zone)
    if settings:
        centre.put(f"/tenants/{centre.tenant_id}/settings", settings)
    made = Clinic(centre)
    kind = centre.therapy_type()
    therapist = centre.therapist("Thea")
    day = date.today() + timedelta(days=7)  # noqa: DTZ011
    for number in range(patients):
        patient = centre.patient()
        on = day + timedelta(days=number // 8)
        session = centre.session(patient, therapist, kind, date=on.isoformat(), startTime=f"{9 + number % 8:02}:00")
        made.patients.append(patient)
        made.sessions.append(session["id"])
    made.settle()
    return made


def ticked(system: RunningSystem, times: Iterator[datetime] | list[datetime], schedulers: int = 1) -> list[Scheduler]:
    """So many schedulers look at once, at each of these times; each is a new one for every time: it was restarted."""
    used: list[Scheduler] = []

    async def through() -> None:
        for now in times:
            async with AsyncExitStack() as stack:
                some = [
                    await stack.enter_async_context(scheduling(from_environment(system.environment), Clock(now)))
                    for _ in range(schedulers)
                ]
                await asyncio.gather(*(each.tick() for each in some))
                used.extend(some)

    asyncio.run(through())
    return used

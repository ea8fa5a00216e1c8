"""64 clients after one slot: one session, 63 refusals, nothing half-written. And the control, which double-books.

The short version belongs to every run, the 50 slots to ``make faults``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, cast
from uuid import UUID

import httpx
import psycopg
import pytest

from adapters.event_store import UnitOfWork
from adapters.settings import from_environment
from adapters.system import System
from application.base import HANDLERS, SYSTEM, Context, Outcome, Result, VersionConflict
from application.scheduling import BookSession
from domain.base import Event
from domain.values import Role
from tests.scheduling.overlaps import Taken, double_booked
from tests.support.system import Centre, wait_until

CLIENTS = 64
MINUTES = 20
SLOTS_A_DAY = 36


class Race:
    """Many patients want the same therapist at the same time."""

    def __init__(self, centre: Centre, clients: int) -> None:
        self.centre = centre
        self.therapist = centre.therapist(start="08:00", end="20:00")
        self.kind = centre.therapy_type(defaultDuration=MINUTES)
        with ThreadPoolExecutor(4) as pool:
            self.patients = list(pool.map(lambda _: centre.patient(), range(clients)))

    def wish(self, patient: str, slot: int) -> dict[str, Any]:
        day = datetime.now(UTC).date() + timedelta(days=3 + slot // SLOTS_A_DAY)
        minute = 8 * 60 + slot % SLOTS_A_DAY * MINUTES
        return {
            "patientId": patient, "therapistId": self.therapist, "therapyTypeId": self.kind, "date": day.isoformat(),
            "startTime": f"{minute // 60:02}:{minute % 60:02}",
        }  # fmt: skip

    def run(self, slots: int) -> list[list[httpx.Response]]:
        """The answers to all clients, slot by slot. They set off together for each."""
        together = Barrier(len(self.patients))
        headers = {"Authorization": f"Bearer {self.centre.token('WORKSPACE_ADMIN')}"}

        def client(patient: str) -> list[httpx.Response]:
            answers = []
            with self.centre.system.client() as http:
                for slot in range(slots):
                    together.wait(60)
                    answers.append(http.post("/sessions", json=self.wish(patient, slot), headers=headers))
            return answers

        with ThreadPoolExecutor(len(self.patients)) as pool:
            return [list(of_slot) for of_slot in zip(*pool.map(client, self.patients), strict=True)]

    def taken(self) -> Iterator[Taken]:
        """What the centre's read model says, by therapist and by patient."""
        page, left = 1, 1
        while left > 0:
            found = self.centre.get("/sessions", params={"page": page, "pageSize": 100})
            page, left = page + 1, found["total"] - page * 100
            for row in found["data"]:
                span = datetime.fromisoformat(row["startsAt"]), datetime.fromisoformat(row["endsAt"])
                for who in (row["therapistId"], row["patientId"]):
                    yield Taken(who, *span, row["id"])

    def written(self) -> Counter[str]:
        """How many events of scheduling and billing are in the book, by type."""
        with psycopg.connect(self.centre.system.database.admin_url) as db:
            rows = db.execute(
                "SELECT topic, count(*) FROM book.events WHERE tenant_id = %s AND topic ~ '^(scheduling|billing)' "
                "GROUP BY topic",
                [self.centre.tenant_id],
            ).fetchall()
        return Counter(dict(rows))


def has_one_winner_each(race: Race, slots: int) -> None:
    for answers in race.run(slots):
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: len(race.patients) - 1}
        losers = [answer.json()["error"] for answer in answers if answer.status_code == 409]
        assert {(error["code"], error["details"]["resource"]) for error in losers} == {("SLOT_TAKEN", "THERAPIST")}
    assert race.written() == {
        "scheduling.SessionBooked": slots, "scheduling.SlotReserved": 2 * slots, "billing.SessionCharged": slots,
    }  # fmt: skip
    taken = list(race.taken())
    assert (len(taken), double_booked(taken)) == (2 * slots, [])


def test_of_64_clients_after_one_slot_one_gets_it(centre: Centre) -> None:
    has_one_winner_each(Race(centre, CLIENTS), slots=5)


@pytest.mark.faults
def test_of_64_clients_after_each_of_50_slots_one_gets_it(centre: Centre) -> None:
    has_one_winner_each(Race(centre, CLIENTS), slots=50)


class CheckThenInsert(UnitOfWork):
    """Appends what was decided wherever the streams end by then: nobody verifies what it was decided on."""

    def _guards(self) -> dict[UUID, int]:
        return {}

    async def commit(self, result: Result) -> Outcome:
        while True:
            await self._put_at_the_end()
            with suppress(VersionConflict):
                return await super().commit(result)

    async def _put_at_the_end(self) -> None:
        for aggregate in self._own.values():
            async with self.store.pool.connection() as db:
                found = await db.execute(
                    "SELECT coalesce(max(version), 0) FROM book.load(%s, ARRAY[%s]::uuid[], ARRAY[0])",
                    [self.context.tenant_id, aggregate.id],
                )
                [last] = cast(tuple[int], await found.fetchone())
            for number, event in enumerate(aggregate.pending_events, last + 1):
                cast(Event, event).__dict__["originator_version"] = number


async def book_without_looking_twice(race: Race) -> None:
    """Every patient's booking is checked before the first is written."""
    checked = asyncio.Barrier(len(race.patients))
    async with System(from_environment(race.centre.system.environment)).running() as system:

        async def client(patient: str) -> None:
            now, new_id = system.clock.now(), system.new_id
            context = Context(UUID(race.centre.tenant_id), SYSTEM, Role.WORKSPACE_ADMIN, now, new_id(), new_id)
            unit = CheckThenInsert(system.store, context, trust_memory=False)
            await unit.open()
            wish = BookSession.model_validate_json(
                httpx.Request("POST", "http://-", json=race.wish(patient, 0)).content
            )
            result = await HANDLERS[BookSession].handler(wish, context, unit)
            await checked.wait()
            await unit.commit(result)

        await asyncio.gather(*map(client, race.patients))


def test_check_then_insert_double_books_and_the_judge_sees_it(centre: Centre) -> None:
    race = Race(centre, clients=8)
    asyncio.run(book_without_looking_twice(race))
    wait_until(lambda: centre.get("/sessions")["total"] == len(race.patients))
    overlaps = double_booked(race.taken())
    assert {one.resource for pair in overlaps for one in pair} == {race.therapist}
    assert len(overlaps) == 8 * 7 // 2
    assert race.written()["billing.SessionCharged"] == 8

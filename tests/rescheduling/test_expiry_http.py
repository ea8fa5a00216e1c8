"""What the clock alone does, over HTTP: the API runs in this process on a clock that stands where the test puts it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from adapters.settings import from_environment
from adapters.system import System
from api.app import create_app
from application.base import SYSTEM, Context, execute
from application.rescheduling import ExpireRescheduleRequests
from domain.scheduling import SessionTime
from domain.values import Role
from projections import rescheduling
from tests.rescheduling.asking import THEA
from tests.support.system import PASSWORD, Centre, RunningSystem, wait_until

SECOND = timedelta(seconds=1)
NOTICE = timedelta(hours=48)


@dataclass
class Clock:
    """``standing`` is what it shows; without it, the machine's time."""

    standing: datetime | None = None

    def now(self) -> datetime:
        return self.standing or datetime.now(UTC)


@dataclass
class Office:
    """A centre with a therapist, seen through an API whose clock can be set."""

    centre: Centre
    system: System
    clock: Clock
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, body: Any = None, *, as_: str = "WORKSPACE_ADMIN", **headers: str
    ) -> Any:
        """At the clock's time, signed in anew where a token would have run out."""
        signing = {"email": self.emails[as_], "password": PASSWORD, "tenant": self.centre.slug}
        token = (await self.client.post("/auth/login", json=signing)).json()["accessToken"]
        sent = {
            "Authorization": f"Bearer {token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.client.request(method, path, json=body, headers=sent)

    def context(self, now: datetime) -> Context:
        new_id = self.system.new_id
        return Context(UUID(self.centre.tenant_id), SYSTEM, Role.WORKSPACE_ADMIN, now, new_id(), new_id)

    async def waiting(self, now: datetime) -> list[UUID]:
        async with self.system.reading(self.context(now)) as db:
            return await rescheduling.expired(db, now=now)


@asynccontextmanager
async def office(centre: Centre) -> AsyncIterator[Office]:
    clock = Clock()
    async with System(from_environment(centre.system.environment), clock).running() as system:
        app = create_app(lambda: None)  # type: ignore[arg-type,return-value]
        app.state.services = system
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", timeout=30) as client:
            emails = {each["id"]: each["email"] for each in centre.get("/users")["data"]}
            known = {"WORKSPACE_ADMIN": f"admin@{centre.slug}.example", THEA: emails[centre.users[THEA]]}
            yield Office(centre, system, clock, client, emails=known)


def run(centre: Centre, story: Callable[[Office], Awaitable[None]]) -> None:
    async def through() -> None:
        async with office(centre) as opened:
            await story(opened)

    asyncio.run(through())


@pytest.fixture(params=["Asia/Kolkata", "Europe/Berlin"])
def booked(request: pytest.FixtureRequest, system: RunningSystem) -> tuple[Centre, str, datetime]:
    """A centre, a session there and its start: in Berlin one after a night in which the clocks change."""
    centre = system.new_centre(timezone=request.param)
    zone = ZoneInfo(request.param)
    day = next_change(zone) or datetime.now(UTC).date() + timedelta(days=20)
    session = centre.session(
        centre.patient(), centre.therapist(THEA), centre.therapy_type(), date=day.isoformat(), startTime="10:00"
    )["id"]  # fmt: skip
    return centre, session, SessionTime.at(day, "10:00", 60, zone).starts_at


def next_change(zone: ZoneInfo) -> date | None:
    """The next date within a year, a week from now or later, whose clocks change."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for ahead in range(7, 360):
        before, after = noon + timedelta(days=ahead - 1), noon + timedelta(days=ahead)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            return after.date()
    return None


def wish(session: str, start: datetime) -> dict[str, Any]:
    proposal = {"date": (start + timedelta(days=3)).date().isoformat(), "startTime": "15:00"}
    return {"sessionId": session, "proposals": [proposal], "reason": "Training"}


def test_48_hours_are_enough_and_47_59_59_are_not(booked: tuple[Centre, str, datetime]) -> None:
    centre, session, start = booked

    async def story(office: Office) -> None:
        office.clock.standing = start - NOTICE + SECOND
        late = await office.ask("POST", "/reschedule-requests", wish(session, start), as_=THEA)
        assert (late.status_code, late.json()["error"]["code"]) == (409, "RESCHEDULE_NOTICE_TOO_SHORT")
        assert datetime.fromisoformat(late.json()["error"]["details"]["until"]) == start - NOTICE
        office.clock.standing = start - NOTICE
        early = await office.ask("POST", "/reschedule-requests", wish(session, start), as_=THEA)
        assert early.status_code == 201, early.text
        found = await office.ask("GET", f"/reschedule-requests/{early.json()['id']}")
        assert (found.json()["noticeHours"], found.json()["noticeMinutes"]) == (48, 48 * 60)

    run(centre, story)


def test_it_expires_at_the_start_without_anybody_doing_anything(booked: tuple[Centre, str, datetime]) -> None:
    centre, session, start = booked

    async def story(office: Office) -> None:
        office.clock.standing = start - NOTICE
        made = (await office.ask("POST", "/reschedule-requests", wish(session, start), as_=THEA)).json()
        path = f"/reschedule-requests/{made['id']}"

        async def status() -> tuple[str, int, int]:
            found = await office.ask("GET", path)
            listed = [
                (await office.ask("GET", f"/reschedule-requests?status={each}")).json()["total"]
                for each in ("PENDING", "EXPIRED")
            ]
            return found.json()["status"], *listed

        etag = {"If_None_Match": f'"{made["version"]}"'}
        office.clock.standing = start - timedelta(microseconds=1)
        assert await status() == ("PENDING", 1, 0)
        assert (await office.ask("GET", path, **etag)).status_code == 304
        assert await office.waiting(office.clock.now()) == []
        office.clock.standing = start
        assert await status() == ("EXPIRED", 0, 1)
        assert (await office.ask("GET", path, **etag)).status_code == 200  # it is not what it was
        for method, where, body, who in (
            ("PUT", f"{path}/approve", {}, "WORKSPACE_ADMIN"),
            ("PUT", f"{path}/reject", {"reason": "No"}, "WORKSPACE_ADMIN"),
            ("DELETE", path, None, THEA),
        ):
            refused = await office.ask(method, where, body, as_=who)
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "REQUEST_EXPIRED")

        # A schedule comes by: it records the same, once.
        too_early = start - timedelta(microseconds=1)
        assert await office.waiting(start) == [UUID(session)]
        command = ExpireRescheduleRequests(session_ids=(UUID(session),))
        for now, ids in ((too_early, []), (start, [made["id"]]), (start, []), (start + NOTICE, [])):
            done = await execute(command, office.context(now), office.system.store)
            assert done.result["requestIds"] == ids
        await asyncio.to_thread(
            wait_until, lambda: centre.get(path)["closedAt"] is not None
        )  # fmt: skip
        assert await status() == ("EXPIRED", 0, 1)
        assert await office.waiting(start + NOTICE) == []
        recorded = [event for event in centre.get(f"{path}/history")["data"] if "Expired" in event["type"]]
        assert [event["actor"] for event in recorded] == [str(SYSTEM)]

    run(centre, story)

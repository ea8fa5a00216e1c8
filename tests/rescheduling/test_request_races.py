"""Who comes at the same moment: decisions, bookings, cancellations and requests in threads. And the control, which
lets a session be asked for twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.settings import from_environment
from adapters.system import System
from application.base import HANDLERS, Context
from application.permissions import Scope
from application.rescheduling import RequestReschedule
from domain.values import Role
from tests.rescheduling.asking import THEA, Asking, at
from tests.scheduling.test_race import CheckThenInsert
from tests.support.system import Centre, wait_until

ROUNDS = 6
Sent = Callable[[httpx.Client], httpx.Response]


@pytest.fixture
def asking(centre: Centre) -> Asking:
    return Asking(centre)


def sending(asking: Asking, method: str, path: str, body: Any = None, who: str = "WORKSPACE_ADMIN") -> Sent:
    headers = {"Authorization": f"Bearer {asking.centre.token(who)}"}
    return lambda client: client.request(method, path, json=body, headers=headers)


def together(asking: Asking, *sent: Sent) -> list[httpx.Response]:
    """The answers to requests that set off at once."""
    ready = Barrier(len(sent))

    def send(one: Sent) -> httpx.Response:
        with asking.centre.system.client() as client:
            ready.wait(60)
            return one(client)

    with ThreadPoolExecutor(len(sent)) as pool:
        return list(pool.map(send, sent))


def codes(answers: list[httpx.Response]) -> list[str]:
    return [a.json()["error"]["code"] if a.status_code >= 400 else str(a.status_code) for a in answers]


def open_twice(asking: Asking) -> list[str]:
    """The judge: sessions with more than one pending request."""
    found = asking.centre.get("/reschedule-requests", params={"status": "PENDING", "pageSize": 100})["data"]
    return [session for session, n in Counter(row["sessionId"] for row in found).items() if n > 1]


def test_of_many_decisions_one_counts(asking: Asking) -> None:
    for number in range(ROUNDS):
        made = asking.ask(at(8 + number, "14:00"))["id"]
        path, before = f"/reschedule-requests/{made}", asking.head()
        answers = together(
            asking,
            *[sending(asking, "PUT", f"{path}/approve", {})] * 4,
            *[sending(asking, "PUT", f"{path}/reject", {"reason": "No"})] * 2,
            *[sending(asking, "DELETE", path, who=THEA)] * 2,
        )
        assert Counter(codes(answers)) == {"200": 1, "REQUEST_CLOSED": 7}
        written = Counter(asking.written(before))
        closing = [t for t in written if t.startswith("scheduling.Reschedule")]
        assert [written[topic] for topic in closing] == [1]
        approved = closing == ["scheduling.RescheduleApproved"]
        assert written["scheduling.SessionRescheduled"] == written["billing.ChargeRescheduled"] == approved


def test_approved_and_cancelled_at_once(asking: Asking) -> None:
    """Either order is fine; nothing dangles in either: the session is off, the request closed, all time given back."""
    seen = Counter[str]()
    for number in range(ROUNDS):
        session = asking.book(20 + number, "09:00")
        made = asking.ask(at(20 + number, "15:00"), session=session)["id"]
        approve, cancel = together(
            asking,
            sending(asking, "PUT", f"/reschedule-requests/{made}/approve", {}),
            sending(asking, "POST", f"/sessions/{session}/cancel", {"reason": "Fever"}),
        )
        assert cancel.status_code == 200
        status = asking.request(made)["status"]
        seen[status] += 1
        assert (approve.status_code, status) in {(200, "APPROVED"), (409, "OVERTAKEN")}, approve.text
        assert asking.place(session)[2] == "CANCELLED"
        for start in ("09:00", "15:00"):
            asking.book(20 + number, start)
    print(f"\n{dict(seen)}")


def test_the_slot_goes_to_the_approval_or_to_a_booking(asking: Asking) -> None:
    child = asking.centre.patient(firstName="Asha")
    seen = Counter[str]()
    for number in range(ROUNDS):
        session = asking.book(30 + number, "09:00")
        made = asking.ask(at(30 + number, "15:00"), session=session)["id"]
        wish = {
            "patientId": child, "therapistId": asking.therapist, "therapyTypeId": asking.kind,
            **at(30 + number, "15:30"),
        }  # fmt: skip
        before = asking.head()
        approve, book = together(
            asking,
            sending(asking, "PUT", f"/reschedule-requests/{made}/approve", {}),
            sending(asking, "POST", "/sessions", wish),
        )
        written, won = Counter(asking.written(before)), approve.status_code == 200
        seen["approval" if won else "booking"] += 1
        assert (approve.status_code, book.status_code) == ((200, 409) if won else (409, 201))
        assert (written["scheduling.SessionRescheduled"], written["scheduling.SessionBooked"]) == (won, not won)
        assert written["scheduling.RescheduleApproved"] == won
        assert asking.request(made)["status"] == ("APPROVED" if won else "PENDING")
        assert asking.place(session)[1] == ("15:00" if won else "09:00")
        if not won:
            error = approve.json()["error"]
            assert (error["code"], error["details"]["refusals"][0]["code"]) == ("PROPOSALS_GONE", "SLOT_TAKEN")
            assert error["details"]["alternatives"]
    print(f"\n{dict(seen)}")


def test_of_many_requests_for_one_session_one_is_taken(asking: Asking) -> None:
    for number in range(3):
        body = {"sessionId": asking.session, "proposals": [at(9 + number, "14:00")], "reason": "Training"}
        answers = together(asking, *[sending(asking, "POST", "/reschedule-requests", body, THEA)] * 12)
        assert Counter(codes(answers)) == {"201": 1, "RESCHEDULE_ALREADY_REQUESTED": 11}
        assert open_twice(asking) == []
        [made] = [a.json()["id"] for a in answers if a.status_code == 201]
        asking.decide(made, "reject", {"reason": "No"})


async def ask_without_looking_twice(asking: Asking, clients: int) -> None:
    """Every request is checked before the first is written."""
    checked = asyncio.Barrier(clients)
    async with System(from_environment(asking.centre.system.environment)).running() as system:

        async def client(number: int) -> None:
            new_id = system.new_id
            context = Context(
                UUID(asking.centre.tenant_id), UUID(asking.therapist), Role.THERAPIST, system.clock.now(), new_id(),
                new_id, scope=Scope.OWN,
            )  # fmt: skip
            unit = CheckThenInsert(system.store, context, trust_memory=False)
            await unit.open()
            command = RequestReschedule.model_validate(
                {"sessionId": UUID(asking.session), "proposals": [at(9 + number, "14:00")], "reason": "Training"}
            )
            result = await HANDLERS[RequestReschedule].handler(command, context, unit)
            await checked.wait()
            await unit.commit(result)

        await asyncio.gather(*map(client, range(clients)))


def test_check_then_insert_opens_two_and_the_judge_sees_it(asking: Asking) -> None:
    asyncio.run(ask_without_looking_twice(asking, clients=4))
    wait_until(lambda: asking.centre.get("/reschedule-requests")["total"] == 4)
    assert open_twice(asking) == [asking.session]

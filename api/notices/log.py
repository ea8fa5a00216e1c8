"""The log of notices, and what can be done about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Instant
from api.history import Before, HistoryView, Limit, history
from application.notices import (
    NoticeMoved,
    RetryNotification,
    SendNotification,
    SettleNotification,
    TestNotifications,
    WithdrawNotification,
)
from domain.base import Missing
from domain.notices import NoticeStatus
from domain.values import Channel, NoticeKind
from projections import notices, patients

routes = Routes("Notifications")

NotificationView = view(
    notices.NoticeRow, "Notification", without=("sealed_for",), patient_name=str | None, user_name=str | None
)

Statuses = Annotated[
    list[NoticeStatus] | None, Query(alias="status", description="Only these; may be given several times")
]
Kinds = Annotated[list[NoticeKind] | None, Query(alias="kind", description="Only these; may be given several times")]
OfPatient = Annotated[UUID | None, Query(alias="patientId")]
OfUser = Annotated[UUID | None, Query(alias="userId")]
OfSession = Annotated[UUID | None, Query(alias="sessionId", description="Of several sessions, the first it tells of")]
From = Annotated[Instant | None, Query(alias="from", description="Asked for at this instant or later")]
To = Annotated[Instant | None, Query(alias="to", description="Asked for before this instant")]


def _filter(
    status: Statuses = None, kind: Kinds = None, channel: Channel | None = None, session_id: OfSession = None,
    first: From = None, last: To = None,
) -> notices.Filter:  # fmt: skip
    return notices.Filter(status or (), kind or (), channel, None, None, session_id, first, last)


Wanted = Annotated[notices.Filter, Depends(_filter)]


@routes.get("/notifications", may="notifications:read", answers=Page[NotificationView])  # type: ignore[valid-type]
async def list_notifications(
    call: Call, paging: PagingQuery, wanted: Wanted, patient_id: OfPatient = None, user_id: OfUser = None
) -> Response:
    """List notifications

    The latest first, unless sorted otherwise. `status` UNKNOWN: the provider may have taken it, and is being asked; it
    is never sent again on a guess. DROPPED and PENDING say why in `reason`."""
    async with call.reading() as db:
        mine = replace(wanted, patient_id=patient_id, user_id=user_id)
        return call.json(await notices.page(db, paging, mine))


@routes.post("/notifications/send", SendNotification, answers=NoticeMoved, status=201, refuses=(404,))
async def send_notification(call: Call, command: SendNotification) -> Response:
    """Write to a family

    It goes out within seconds, in quiet hours once they are over; look at it to see what became of it. Refused with 409
    `OPTED_OUT`, `NO_ADDRESS` or `CONFLICT` (an erased patient)."""
    return await call.execute(command)


@routes.post("/notifications/test", TestNotifications, answers=NoticeMoved, status=201, refuses=(404,))
async def test_notifications(call: Call, command: TestNotifications) -> Response:
    """Test a channel

    Sends a test to you, or to an address that you give, at once and in quiet hours, too. Look at the notification to
    see whether the provider took it, and what it said if not."""
    return await call.execute(command)


@routes.get("/notifications/{notice_id}", may="notifications:read", answers=NotificationView)
async def get_notification(call: Call, notice_id: UUID) -> Response:
    """A notification

    What it said and to whom, how often it was tried, and what became of it."""
    async with call.reading() as db:
        return call.found(await notices.get(db, notice_id))


@routes.post("/notifications/{notice_id}/retry", RetryNotification, answers=NoticeMoved)
async def retry_notification(call: Call, command: RetryNotification) -> Response:
    """Send a failed or dropped notification after all

    By the channel it had. Everything is looked at again before it goes out, so it may be dropped again. One whose
    outcome is unknown is settled first."""
    return await call.execute(command)


@routes.post("/notifications/{notice_id}/withdraw", WithdrawNotification, answers=NoticeMoved)
async def withdraw_notification(call: Call, command: WithdrawNotification) -> Response:
    """Take back a notification that has not gone out"""
    return await call.execute(command)


@routes.post("/notifications/{notice_id}/settle", SettleNotification, answers=NoticeMoved)
async def settle_notification(call: Call, command: SettleNotification) -> Response:
    """Say what became of a notification that nobody knows about

    For `UNKNOWN`, where the provider cannot say: ask whom it was for. What was not received is FAILED then, and can be
    sent again."""
    return await call.execute(command)


@routes.get("/notifications/{notice_id}/history", may="history:read", answers=HistoryView)
async def notification_history(call: Call, notice_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a notification"""
    async with call.reading() as db:
        if await notices.get(db, notice_id) is None:
            raise Missing
    return await history(call, [notice_id], before, limit)


@routes.get(
    "/patients/{patient_id}/notifications", may="patient-notifications:read", answers=Page[NotificationView]  # type: ignore[valid-type]
)  # fmt: skip
async def list_patient_notifications(call: Call, patient_id: UUID, paging: PagingQuery, wanted: Wanted) -> Response:
    """What a patient's family was told

    The latest first, unless sorted otherwise."""
    async with call.reading() as db:
        if await patients.get(db, patient_id, only_therapist=call.own) is None:
            raise Missing
        return call.json(await notices.page(db, paging, replace(wanted, patient_id=patient_id)))

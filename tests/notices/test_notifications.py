"""Which message gives rise to which notices: asked of the consumer alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.notices import RequestNotices
from consumers.base import Message
from consumers.messages import TYPES
from consumers.notifications import Notifications
from domain.values import NoticeKind

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SESSION, PATIENT, THERAPIST, OTHER, REQUEST, PAYMENT, ADMIN = (uuid4() for _ in range(7))
STARTS = "2026-11-23T04:30:00Z"


class Looks:
    async def deciders(self, message: Message) -> Sequence[UUID]:
        return [ADMIN]

    async def receipt_number(self, message: Message, payment_id: UUID) -> str | None:
        return "2026-27/000042" if payment_id == PAYMENT else None


class Clock:
    def now(self) -> datetime:
        return NOW


def message(kind: str, stream: UUID = SESSION, *, at: datetime = NOW, **data: Any) -> Message:
    known = {"patientId": str(PATIENT), "therapistId": str(THERAPIST), "requestId": str(REQUEST)}
    return Message(
        tenant_id=UUID(int=1), position=9, stream_id=stream, version=3, type=f"daybook.{kind}.v1", recorded_at=at,
        effective_on=date(2026, 11, 20), actor=UUID(int=2), correlation=UUID(int=3), data={**known, **data},
    )  # fmt: skip


CONSUMER = Notifications(Looks(), Clock())


def asked(told: Message) -> RequestNotices | None:
    effects = asyncio.run(CONSUMER.handle(told))
    assert len(effects) <= 1
    command = effects[0].command if effects else None
    assert command is None or isinstance(command, RequestNotices)
    return command


def test_it_wants_only_what_is_published() -> None:
    assert CONSUMER.wants <= TYPES.keys()
    assert len(CONSUMER.wants) == 7


@pytest.mark.parametrize(
    ("kind", "tells"),
    [("session.booked", NoticeKind.SESSION_BOOKED), ("session.cancelled", NoticeKind.SESSION_CANCELLED)],
)
def test_sessions_are_told_to_the_family(kind: str, tells: NoticeKind) -> None:
    told = asked(message(kind, startsAt=STARTS))
    assert told is not None
    assert (told.kind, told.patient_id, told.session_id, told.gathers) == (tells, PATIENT, SESSION, True)
    assert told.starts_at == datetime.fromisoformat(STARTS)
    assert told.occasion == str(UUID(int=3))


@pytest.mark.parametrize(
    ("before", "by", "told"),
    [(STARTS, THERAPIST, False), ("2026-11-22T04:30:00Z", THERAPIST, True), (STARTS, OTHER, True)],
)
def test_a_move_is_told_unless_only_the_room_changed(before: str, by: UUID, told: bool) -> None:
    moved = message("session.rescheduled", startsAt=STARTS, previousStartsAt=before, previousTherapistId=str(by))
    assert (asked(moved) is not None) is told


def test_requests_go_to_who_decides_and_decisions_to_who_asked() -> None:
    wanted = asked(message("reschedule.requested"))
    assert wanted is not None
    assert (wanted.kind, wanted.user_ids) == (NoticeKind.RESCHEDULE_REQUESTED, (ADMIN,))
    for kind in ("reschedule.approved", "reschedule.rejected"):
        decided = asked(message(kind))
        assert decided is not None
        assert (decided.kind, decided.user_ids) == (NoticeKind.RESCHEDULE_DECIDED, (THERAPIST,))
        assert (decided.session_id, decided.request_id) == (SESSION, REQUEST)
    for kind in ("reschedule.withdrawn", "reschedule.expired"):
        assert asked(message(kind)) is None


def test_a_payment_has_a_receipt() -> None:
    paid = asked(message("payment.recorded", paymentId=str(PAYMENT)))
    assert paid is not None
    assert (paid.kind, paid.receipt_number) == (NoticeKind.PAYMENT_RECEIPT, "2026-27/000042")
    assert paid.occasion == str(PAYMENT)


def test_the_same_message_leads_to_the_same_command() -> None:
    told = message("session.booked", startsAt=STARTS)
    assert asked(told) == asked(told)


def test_old_news_is_no_news() -> None:
    assert asked(message("session.booked", startsAt=STARTS, at=NOW - timedelta(days=2))) is not None
    assert asked(message("session.booked", startsAt=STARTS, at=NOW - timedelta(days=2, seconds=1))) is None

"""Which notices arise from what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from application.notices import RequestNotices
from application.notices.asking import OLD
from application.ports import Clock
from consumers.base import Effect, Message
from domain.values import NoticeKind

__all__ = ["Lookups", "Notifications"]


class Lookups(Protocol):
    """What a message does not tell. Answers as of the message's position or later; raises a refusal with the code
    ``SERVICE_UNAVAILABLE`` while the read models are not that far."""

    async def deciders(self, message: Message) -> Sequence[UUID]:
        """Who works here and decides on requests to move a session: administrators and operators."""

    async def receipt_number(self, message: Message, payment_id: UUID) -> str | None:
        """The number of a payment's receipt."""


class Notifications:
    """Has no effect of its own: it answers commands, which the loop carries out once for each message. What happened
    long ago has no effect at all: a history that is brought in, or was missed for days, is told to nobody.

    Sessions of one request, such as a series booked at once, share a correlation and are told of together.
    """

    name: Final = "notifications"

    def __init__(self, lookups: Lookups, clock: Clock) -> None:
        self._lookups = lookups
        self._clock = clock

    @property
    def wants(self) -> frozenset[str]:
        return frozenset({*_SESSIONS, REQUESTED, *_DECIDED, PAID})

    async def handle(self, message: Message) -> Sequence[Effect]:
        if self._clock.now() - message.recorded_at > OLD:
            return []
        if message.type in _SESSIONS:
            asked = _of_session(message)
        elif message.type in _DECIDED:
            asked = _of_decision(message)
        elif message.type == REQUESTED:
            asked = _of_request(message, await self._lookups.deciders(message))
        elif message.type == PAID:
            payment_id = message.id("paymentId")
            asked = _of_payment(message, payment_id, await self._lookups.receipt_number(message, payment_id))
        else:
            asked = None
        return [] if asked is None else [Effect(asked)]


BOOKED = "daybook.session.booked.v1"
MOVED = "daybook.session.rescheduled.v1"
CANCELLED = "daybook.session.cancelled.v1"
REQUESTED = "daybook.reschedule.requested.v1"
PAID = "daybook.payment.recorded.v1"
_SESSIONS: Final = {
    BOOKED: NoticeKind.SESSION_BOOKED,
    MOVED: NoticeKind.SESSION_RESCHEDULED,
    CANCELLED: NoticeKind.SESSION_CANCELLED,
}
_DECIDED: Final = frozenset({"daybook.reschedule.approved.v1", "daybook.reschedule.rejected.v1"})


def _of_session(message: Message) -> RequestNotices | None:
    if message.type == MOVED:
        same_time = message.instant("previousStartsAt") == message.instant("startsAt")
        if same_time and message.id("previousTherapistId") == message.id("therapistId"):
            return None  # to another room: the family is shown the way when it comes
    return RequestNotices(
        kind=_SESSIONS[message.type], occasion=str(message.correlation), patient_id=message.id("patientId"),
        session_id=message.stream_id, starts_at=message.instant("startsAt"), gathers=True,
        happened_at=message.recorded_at,
    )  # fmt: skip


def _of_request(message: Message, deciders: Sequence[UUID]) -> RequestNotices:
    request_id = message.id("requestId")
    return RequestNotices(
        kind=NoticeKind.RESCHEDULE_REQUESTED, occasion=str(request_id), user_ids=tuple(deciders),
        session_id=message.stream_id, request_id=request_id, happened_at=message.recorded_at,
    )  # fmt: skip


def _of_decision(message: Message) -> RequestNotices:
    request_id = message.id("requestId")
    return RequestNotices(
        kind=NoticeKind.RESCHEDULE_DECIDED, occasion=str(request_id), user_ids=(message.id("therapistId"),),
        session_id=message.stream_id, request_id=request_id, happened_at=message.recorded_at,
    )  # fmt: skip


def _of_payment(message: Message, payment_id: UUID, receipt_number: str | None) -> RequestNotices:
    return RequestNotices(
        kind=NoticeKind.PAYMENT_RECEIPT, occasion=str(payment_id), patient_id=message.id("patientId"),
        payment_id=payment_id, receipt_number=receipt_number, happened_at=message.recorded_at,
    )  # fmt: skip

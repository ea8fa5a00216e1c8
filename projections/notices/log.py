"""Notices as the log and a patient's page show them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.base import Recorded
from domain.notices import Delivery, Held, Notice, NoticeStatus
from domain.values import Channel, NoticeKind
from projections.base import ReadTable, Row, changed, own

__all__ = ["TEXTS", "NoticeRow", "notices"]

TEXTS = ("recipient", "subject", "message")
"""What is personal in a row."""


class NoticeRow(Row, frozen=True):
    """One notice. ``reason`` says why it waits (PENDING), was dropped, failed or is unknown; ``provider_code`` is what
    the provider called that. ``sessions`` counts the sessions it tells of; ``session_id`` is the first. ``next_at``:
    when something happens to it by itself. ``sealed_for``: whose texts they are, the patient whom a therapist's notice
    names. What it says and where it goes is null until it is first sent, and after an
    erasure."""

    id: UUID
    kind: NoticeKind
    channel: Channel
    status: NoticeStatus
    reason: str | None
    provider_code: str | None
    patient_id: UUID | None
    user_id: UUID | None
    session_id: UUID | None
    sessions: int
    request_id: UUID | None
    payment_id: UUID | None
    month: str | None
    language: str | None
    recipient: str | None
    subject: str | None
    message: str | None
    tries: int
    retry_count: int
    provider: str | None
    provider_id: str | None
    delivery: Delivery | None
    requested_at: datetime
    requested_by: UUID
    next_at: datetime | None
    sent_at: datetime | None
    updated_at: datetime
    version: int
    sealed_for: UUID


notices = ReadTable(
    "notices", NoticeRow, key="id",
    indexes=[("requested_at",), ("status", "requested_at"), ("patient_id", "requested_at"), ("user_id",)],
    personal=dict.fromkeys(TEXTS, "sealed_for"),
)  # fmt: skip


@notices.on(Notice.NoticeRequested, key=own)
def requested(row: None, event: Notice.NoticeRequested, at: Recorded) -> NoticeRow:
    return NoticeRow(
        id=event.originator_id,
        kind=event.kind,
        channel=event.channel,
        status=NoticeStatus.PENDING,
        reason=None,
        provider_code=None,
        patient_id=event.patient_id,
        user_id=event.user_id,
        session_id=event.session_id,
        sessions=0 if event.session_id is None else 1,
        request_id=event.request_id,
        payment_id=event.payment_id,
        month=event.month,
        language=None,
        recipient=event.address,
        subject=event.subject,
        message=event.body,
        tries=0,
        retry_count=0,
        provider=None,
        provider_id=None,
        delivery=None,
        requested_at=at.recorded_at,
        requested_by=at.actor,
        next_at=event.due_at,
        sent_at=None,
        updated_at=at.recorded_at,
        version=at.version,
        sealed_for=event.person_id,
    )


@notices.on(Notice.SessionAdded, key=own)
def session_added(row: NoticeRow, event: Notice.SessionAdded, at: Recorded) -> NoticeRow:
    return changed(row, at, sessions=row.sessions + 1)


@notices.on(Notice.SendingBegan, key=own)
def sending_began(row: NoticeRow, event: Notice.SendingBegan, at: Recorded) -> NoticeRow:
    return changed(
        row, at, status=NoticeStatus.SENDING, reason=None, provider_code=None, language=event.language,
        recipient=event.address, subject=event.subject, message=event.body, tries=row.tries + 1,
        retry_count=row.tries, next_at=event.lease_until, sealed_for=event.sealed_for,
    )  # fmt: skip


@notices.on(Notice.NoticeHeld, key=own)
def held(row: NoticeRow, event: Notice.NoticeHeld, at: Recorded) -> NoticeRow:
    tries = row.tries - 1 if event.why is Held.PROVIDER_BUSY else row.tries
    status = NoticeStatus.RETRYING if tries else NoticeStatus.PENDING
    return changed(row, at, status=status, reason=event.why.value, tries=tries, next_at=event.until)


@notices.on(Notice.NoticeDropped, key=own)
def dropped(row: NoticeRow, event: Notice.NoticeDropped, at: Recorded) -> NoticeRow:
    return changed(row, at, status=NoticeStatus.DROPPED, reason=event.why.value, next_at=None)


@notices.on(Notice.NoticeSent, key=own)
def sent(row: NoticeRow, event: Notice.NoticeSent, at: Recorded) -> NoticeRow:
    return changed(
        row, at, status=NoticeStatus.SENT, reason=None, provider_code=None, provider=event.provider,
        provider_id=event.provider_id, delivery=Delivery.ACCEPTED, sent_at=event.sent_at, next_at=event.ask_at,
    )  # fmt: skip


@notices.on(Notice.SendingFailed, key=own)
def failed(row: NoticeRow, event: Notice.SendingFailed, at: Recorded) -> NoticeRow:
    status = NoticeStatus.FAILED if event.retry_at is None else NoticeStatus.RETRYING
    return changed(
        row, at, status=status, reason=event.problem.value, provider_code=event.code, next_at=event.retry_at
    )  # fmt: skip


@notices.on(Notice.OutcomeUnknown, key=own)
def unknown(row: NoticeRow, event: Notice.OutcomeUnknown, at: Recorded) -> NoticeRow:
    return changed(
        row, at, status=NoticeStatus.UNKNOWN, reason=event.problem.value, provider_code=event.code,
        provider=event.provider, next_at=event.ask_at,
    )  # fmt: skip


@notices.on(Notice.AskedInVain, key=own)
def asked_in_vain(row: NoticeRow, event: Notice.AskedInVain, at: Recorded) -> NoticeRow:
    return changed(row, at, next_at=event.ask_at)


@notices.on(Notice.DeliveryReported, key=own)
def delivery_reported(row: NoticeRow, event: Notice.DeliveryReported, at: Recorded) -> NoticeRow:
    return changed(row, at, delivery=event.delivery, provider_code=event.code, next_at=event.ask_at)


@notices.on(Notice.NoticeRetried, key=own)
def retried(row: NoticeRow, event: Notice.NoticeRetried, at: Recorded) -> NoticeRow:
    return changed(
        row, at, status=NoticeStatus.PENDING, reason=None, provider_code=None, tries=0, next_at=event.due_at
    )  # fmt: skip


@notices.on(Notice.NoticeSettled, key=own)
def settled(row: NoticeRow, event: Notice.NoticeSettled, at: Recorded) -> NoticeRow:
    if event.sent:
        return changed(row, at, status=NoticeStatus.SENT, reason=None, sent_at=row.sent_at, next_at=None)
    return changed(row, at, status=NoticeStatus.FAILED, next_at=None)

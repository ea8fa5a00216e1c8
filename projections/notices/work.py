"""Which notices somebody has to look at, and when: to send them, to give up waiting, to ask the provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.notices import Notice, Todo
from projections.base import ReadTable, Row, own

__all__ = ["NoticeWorkRow", "work"]


class NoticeWorkRow(Row, frozen=True):
    """Due at ``at``. Nothing personal: workers read it of all centres at once. A notice that nothing is to be done
    about has no row, so the table is as long as what is under way."""

    id: UUID
    todo: Todo
    at: datetime


work = ReadTable("notice_work", NoticeWorkRow, key="id", indexes=[("at",)], platform=True)


def _row(event: Any, todo: Todo, at: datetime | None) -> NoticeWorkRow | None:
    return None if at is None else NoticeWorkRow(event.originator_id, todo, at)


@work.on(Notice.NoticeRequested, key=own)
def requested(row: None, event: Notice.NoticeRequested) -> NoticeWorkRow:
    return NoticeWorkRow(event.originator_id, Todo.SEND, event.due_at)


@work.on(Notice.NoticeRetried, key=own)
def retried(row: NoticeWorkRow | None, event: Notice.NoticeRetried) -> NoticeWorkRow | None:
    return _row(event, Todo.SEND, event.due_at)


@work.on(Notice.NoticeHeld, key=own)
def held(row: NoticeWorkRow | None, event: Notice.NoticeHeld) -> NoticeWorkRow | None:
    return _row(event, Todo.SEND, event.until)


@work.on(Notice.SendingFailed, key=own)
def failed(row: NoticeWorkRow | None, event: Notice.SendingFailed) -> NoticeWorkRow | None:
    return _row(event, Todo.SEND, event.retry_at)


@work.on(Notice.SendingBegan, key=own)
def began(row: NoticeWorkRow | None, event: Notice.SendingBegan) -> NoticeWorkRow | None:
    return _row(event, Todo.GIVE_UP_WAITING, event.lease_until)


@work.on(Notice.OutcomeUnknown, key=own)
def unknown(row: NoticeWorkRow | None, event: Notice.OutcomeUnknown) -> NoticeWorkRow | None:
    return _row(event, Todo.ASK, event.ask_at)


@work.on(Notice.AskedInVain, key=own)
def asked_in_vain(row: NoticeWorkRow | None, event: Notice.AskedInVain) -> NoticeWorkRow | None:
    return _row(event, Todo.ASK, event.ask_at)


@work.on(Notice.NoticeSent, key=own)
def sent(row: NoticeWorkRow | None, event: Notice.NoticeSent) -> NoticeWorkRow | None:
    return _row(event, Todo.TRACE, event.ask_at)


@work.on(Notice.DeliveryReported, key=own)
def delivery_reported(row: NoticeWorkRow | None, event: Notice.DeliveryReported) -> NoticeWorkRow | None:
    return _row(event, Todo.TRACE, event.ask_at)


@work.on(Notice.NoticeDropped, key=own)
def dropped(row: NoticeWorkRow | None, event: Notice.NoticeDropped) -> None:
    return None


@work.on(Notice.NoticeSettled, key=own)
def settled(row: NoticeWorkRow | None, event: Notice.NoticeSettled) -> None:
    return None

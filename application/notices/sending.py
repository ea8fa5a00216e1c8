"""Sending, as the book sees it: claiming a notice, and saying what came of it. Only workers send these commands.

Their answers say nothing of what the notice says or where it goes: answers are kept with their commands, unsealed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from application.base import Book, Command, Context, Result, Store, handles
from application.notices.telling import compose, sender_name
from domain.base import Invalid
from domain.notices import Composed, Delivery, Drop, Held, LeaseLost, Notice, NoticeStatus, Problem, UnknownNotice
from domain.values import Channel, NoticeKind

__all__ = ["ClaimNotice", "NoticeMoved", "Outcome", "Outgoing", "ReportNotice", "outgoing"]

Code = Annotated[str | None, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]


class Outcome(StrEnum):
    """What a worker found out. Until ``UNKNOWN``: of its own try. Then: what the provider says when asked."""

    SENT = "SENT"
    FAILED = "FAILED"
    BUSY = "BUSY"
    UNKNOWN = "UNKNOWN"
    FOUND = "FOUND"
    ABSENT = "ABSENT"
    ASKED_IN_VAIN = "ASKED_IN_VAIN"
    LOST = "LOST"
    """Nobody has reported within the lease."""
    TRACED = "TRACED"
    """``delivery`` is what the provider says now."""


class ClaimNotice(Command):
    """Take charge of a notice that is due. It is looked at again first: whether it still holds, the address, quiet
    hours, opting out. So the answer may be that it was dropped or waits. Refused if somebody else has it."""

    notice_id: UUID
    claim: UUID


class ReportNotice(Command):
    """What came of a notice. ``askable``: this provider can be asked what became of a message whose fate is unknown;
    ``traced``: and whether one arrived. ``until`` goes with ``BUSY``."""

    notice_id: UUID
    outcome: Outcome
    claim: UUID | None = None
    provider: Annotated[str, Field(max_length=32)] = ""
    provider_id: Annotated[str | None, Field(max_length=200)] = None
    problem: Problem = Problem.REFUSED
    code: Code = None
    delivery: Delivery = Delivery.ACCEPTED
    until: AwareDatetime | None = None
    askable: bool = False
    traced: bool = False


class NoticeMoved(Result):
    """How the notice stands now."""

    id: UUID
    version: int
    status: NoticeStatus
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notice on its way. ``key`` names the try: the same wherever it is looked at, and another for the next try."""

    notice_id: UUID
    claim: UUID
    key: str
    channel: Channel
    composed: Composed
    sender_name: str
    provider: str | None
    provider_id: str | None
    began_at: datetime


@handles(ClaimNotice, may="notifications:manage")
async def claim_notice(command: ClaimNotice, context: Context, book: Book) -> NoticeMoved:
    notice = await book.load(Notice, command.notice_id)
    notice.must_be_due(context.now)
    found = await compose(notice, book, context.now)
    free = book.tenant.settings.notices.sendable_from(context.now, book.tenant.zone)
    if isinstance(found, Drop):
        notice.drop(found, now=context.now)
    elif free > context.now and notice.kind is not NoticeKind.TEST:
        notice.hold(free, Held.QUIET_HOURS, now=context.now)
    else:
        notice.begin_sending(command.claim, found, now=context.now)
    return moved(notice)


@handles(ReportNotice, may="notifications:manage")
async def report_notice(command: ReportNotice, context: Context, book: Book) -> NoticeMoved:
    notice = await book.load(Notice, command.notice_id)
    if not notice.exists:
        raise UnknownNotice
    now = context.now
    match command.outcome:
        case Outcome.FOUND:
            notice.record_found(command.provider, command.provider_id or "", traced=command.traced, sent_at=now)
        case Outcome.ABSENT:
            notice.record_absent(now=now)
        case Outcome.ASKED_IN_VAIN:
            notice.record_asked_in_vain(now=now)
        case Outcome.LOST:
            notice.outlive_lease(askable=command.askable, now=now)
        case Outcome.TRACED:
            notice.record_delivery(command.delivery, command.code, now=now)
        case _:
            _of_own_try(command, notice, now)
    return moved(notice)


def _of_own_try(command: ReportNotice, notice: Notice, now: datetime) -> None:
    if command.claim is None:
        raise LeaseLost
    claim, provider = command.claim, command.provider
    if command.outcome is Outcome.SENT:
        notice.record_sent(claim, provider, command.provider_id, traced=command.traced, now=now)
    elif command.outcome is Outcome.FAILED:
        notice.record_failure(claim, command.problem, command.code, now=now)
    elif command.outcome is Outcome.UNKNOWN:
        notice.record_unknown(claim, provider, command.problem, command.code, askable=command.askable, now=now)
    elif command.until is None:
        raise Invalid("When may it be tried again?", field="until")
    else:
        notice.record_busy(claim, command.until, now=now)


def moved(notice: Notice) -> NoticeMoved:
    return NoticeMoved(
        id=notice.id, version=notice.version, status=notice.status or NoticeStatus.PENDING, next_at=notice.next_at
    )


async def outgoing(notice_id: UUID, context: Context, store: Store) -> Outgoing | None:
    """What a claimed notice says and where it goes, from the book itself. ``None`` after an erasure."""
    unit = store.unit(replace(context, key=None), trust_memory=False)
    try:
        await unit.open()
        notice = await unit.read(Notice, notice_id)
        if notice.composed is None:
            return None
        return Outgoing(
            notice.id, notice.claim, f"{notice.id.hex}-{notice.began_version}", notice.channel, notice.composed,
            sender_name(unit), notice.provider, notice.provider_id, notice.began_at,
        )  # fmt: skip
    finally:
        unit.abandon()

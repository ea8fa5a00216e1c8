"""Asking for notices: what consumers and the clock do when there is something to tell.

A notice's id is made of whom it tells and of what, so whoever asks twice, or two who ask at once, make one notice.
Whether it still holds, what it says and where it goes is looked at when it is sent, not here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from application.base import Book, Command, Context, Result, handles
from domain.notices import Notice, notice_id
from domain.notices.words import About
from domain.patients import Patient
from domain.staff import User
from domain.values import Audience, Channel, NoticeKind

__all__ = ["NoticesRequested", "RequestNotices", "dues_reminder", "session_reminder"]

GATHERING = timedelta(seconds=10)
"""Notices that may grow wait so long: a series that is booked at once is told of once."""

OLD = timedelta(days=2)


class RequestNotices(Command):
    """Ask for what the family of ``patient_id``, or each of ``user_ids``, is to be told: a notice for each channel that
    the centre chose for this kind; none if it chose none.

    ``occasion`` is what makes it one occasion and not another: asked for again under the same kind and occasion,
    nothing happens. ``gathers``: notices of one occasion that tell of several sessions become one. What happened more
    than two days ago is told to nobody: a centre that begins to send notices does not send last year's.
    """

    kind: NoticeKind
    occasion: Annotated[str, Field(min_length=1, max_length=200)]
    patient_id: UUID | None = None
    user_ids: tuple[UUID, ...] = ()
    session_id: UUID | None = None
    starts_at: AwareDatetime | None = None
    request_id: UUID | None = None
    payment_id: UUID | None = None
    receipt_number: Annotated[str | None, Field(max_length=64)] = None
    month: Annotated[str | None, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = None
    happened_at: AwareDatetime | None = None
    gathers: bool = False

    @property
    def about(self) -> About:
        return About(self.session_id, self.starts_at, self.request_id, self.payment_id, self.receipt_number, self.month)


class NoticesRequested(Result):
    """The notices that tell of it, whether they were there already or not."""

    notice_ids: tuple[UUID, ...]


def session_reminder(patient_id: UUID, session_id: UUID, starts_at: datetime) -> RequestNotices:
    """How a scheduler asks for the reminder of a session, ``reminderHoursBefore`` its start (a setting of the centre).

    ``starts_at`` is the start that the reminder is about: a session that is moved afterwards gets a new reminder, and
    the old one is dropped when its turn comes, as is that of a cancelled session. Send it as the system
    (``actor=SYSTEM``, ``role=WORKSPACE_ADMIN``) as often as you like: there is one notice for each session, start and
    channel, whoever asks. It is sent at once, so ask when it is due; one asked for too late is sent as long as the
    session has not begun.
    """
    return RequestNotices(
        kind=NoticeKind.SESSION_REMINDER, occasion=f"{session_id}/{starts_at.timestamp():.0f}",
        patient_id=patient_id, session_id=session_id, starts_at=starts_at,
    )  # fmt: skip


def dues_reminder(patient_id: UUID, year: int, month: int) -> RequestNotices:
    """How a scheduler asks for the monthly reminder of what a patient owes, from 9:00 on the centre's own day
    (``NoticePolicy.dues_reminder_on``) in its zone.

    The month is the centre's local one. There is one notice for each patient, month and channel, whoever asks and
    however often. The amount is worked out when it is sent; if nothing is due by then, or the month is over, the notice
    is dropped and says so. So asking for a patient who owes nothing does no harm, but leaves a dropped notice behind.
    """
    named = f"{year:04d}-{month:02d}"
    return RequestNotices(kind=NoticeKind.DUES_REMINDER, occasion=named, patient_id=patient_id, month=named)


@handles(RequestNotices, may="notifications:manage")
async def request_notices(command: RequestNotices, context: Context, book: Book) -> NoticesRequested:
    if command.happened_at is not None and context.now - command.happened_at > OLD:
        return NoticesRequested(notice_ids=())
    channels = book.tenant.settings.notices.channels_of(command.kind)
    made = [
        await _ask(command, person_id, channel, context, book)
        for person_id in await _recipients(command, book)
        for channel in channels
    ]
    return NoticesRequested(notice_ids=tuple(made))


async def _recipients(command: RequestNotices, book: Book) -> list[UUID]:
    """Those who are known here: an erased patient's family is told nothing, a stranger neither."""
    if command.kind.audience is Audience.STAFF:
        return [id_ for id_ in dict.fromkeys(command.user_ids) if (await book.read(User, id_)).exists]
    if command.patient_id is None:
        return []
    patient = await book.read(Patient, command.patient_id)
    return [patient.id] if patient.exists and not patient.erased else []


async def _ask(command: RequestNotices, person_id: UUID, channel: Channel, context: Context, book: Book) -> UUID:
    session_id, starts_at = command.session_id, command.starts_at
    notice = await book.load(Notice, notice_id(person_id, command.kind, command.occasion, channel))
    if notice.exists and command.gathers and session_id is not None and starts_at is not None:
        if notice.add_session(session_id, starts_at):
            return notice.id
        apart = f"{command.occasion}/{session_id}/{starts_at.timestamp():.0f}"
        notice = await book.load(Notice, notice_id(person_id, command.kind, apart, channel))
    to_staff = command.kind.audience is Audience.STAFF
    notice.request(
        command.kind, channel, due_at=context.now + (GATHERING if command.gathers else timedelta(0)),
        patient_id=None if to_staff else person_id, user_id=person_id if to_staff else None, about=command.about,
    )  # fmt: skip
    return notice.id

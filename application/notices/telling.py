"""Whether a notice still holds, whom it goes to, and what it says: looked at each time it is about to be sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from application.base import Book
from domain.billing import PatientLedger, ledger_id
from domain.catalogue import TherapyType
from domain.notices import (
    Composed,
    ContactPreferences,
    Drop,
    Notice,
    NoticeTemplate,
    Wording,
    built_in,
    preferences_id,
    render,
    template_id,
)
from domain.patients import Patient
from domain.rescheduling import RequestStatus
from domain.scheduling import Session, SessionStatus
from domain.staff import User
from domain.values import ZERO, Channel, NoticeKind, Role

__all__ = ["compose", "sender_name"]

DECIDES = {Role.WORKSPACE_ADMIN, Role.OPERATOR}
"""Who decides on requests to move a session."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
DECISIONS = {RequestStatus.APPROVED: "approved", RequestStatus.REJECTED: "rejected"}

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A notice, in its centre, now."""

    notice: Notice
    book: Book
    now: datetime
    language: str
    """That of its words: what is filled in, such as dates, is written to fit."""


async def compose(notice: Notice, book: Book, now: datetime) -> Composed | Drop:
    """What goes out and where to, or why it must not. What is read is guarded: if any of it changes before the append,
    this is done again."""
    policy, given = book.tenant.settings.notices, notice.written
    if notice.kind.automatic and notice.channel not in policy.channels_of(notice.kind):
        return Drop.SWITCHED_OFF
    reached = await _reached(notice, book)
    if isinstance(reached, Drop):
        return reached
    if not notice.kind.automatic and given.body is not None:
        return Composed(reached.address, given.body, given.subject or sender_name(book))
    wording, language = await _wording(notice.kind, book)
    facts = await FACTS[notice.kind](Case(notice, book, now, language))
    if isinstance(facts, Drop):
        return facts
    values = {"centre": sender_name(book), "phone": book.tenant.settings.letterhead.phone or "", **reached.names}
    values |= facts
    return Composed(
        reached.address, render(wording.text_for(notice.channel), values).strip(), render(wording.subject, values),
        language, wording.code if notice.channel is Channel.SMS else None, msgspec.json.encode(values).decode(),
        await _tells_of(notice, book),
    )  # fmt: skip


def sender_name(book: Book) -> str:
    """Whom notices say they are from."""
    return book.tenant.settings.notices.sender_name or book.tenant.settings.name


@dataclass(frozen=True, slots=True)
class Reached:
    address: str
    names: Values


async def _reached(notice: Notice, book: Book) -> Reached | Drop:
    address: str | None
    if notice.patient_id is not None:
        patient = await book.read(Patient, notice.patient_id)
        if patient.erased:
            return Drop.ERASED
        preferences = await book.read(ContactPreferences, preferences_id(patient.id))
        if notice.channel in preferences.opted_out:
            return Drop.OPTED_OUT
        guardian = patient.guardian
        address = guardian.phone if notice.channel is Channel.SMS else guardian.email
        names = {"patient": patient.first_name or "", "guardian": guardian.name or ""}
    else:
        user = await book.read(User, notice.person_id)
        if not user.active:
            return Drop.LEFT
        if notice.kind is NoticeKind.RESCHEDULE_REQUESTED and user.role not in DECIDES:
            return Drop.LEFT
        address = notice.written.address or (user.phone if notice.channel is Channel.SMS else user.email)
        names = {"name": user.first_name or ""}
    return Reached(address, names) if address else Drop.NO_ADDRESS


async def _wording(kind: NoticeKind, book: Book) -> tuple[Wording, str]:
    """In the first of the centre's languages that there are words in: its own before the built-in ones."""
    for language in (*book.tenant.settings.notices.languages, "en"):
        template = await book.read(NoticeTemplate, template_id(book.tenant.id, kind, language))
        if found := template.wording or built_in(kind, language):
            return found, language
    raise LookupError(kind)  # English has every kind


async def _coming(case: Case) -> Values | Drop:
    """Sessions that are to take place as told. Of several, those of which it still holds."""
    sessions = await _sessions(case)
    wrong: Drop | None = None
    holding = []
    for session, told in sessions:
        if session.status is SessionStatus.CANCELLED:
            wrong = Drop.SESSION_CANCELLED
        elif session.status is SessionStatus.SCHEDULED and session.time.starts_at != told:
            wrong = Drop.SESSION_MOVED
        elif session.status is not SessionStatus.SCHEDULED or told <= case.now:
            wrong = wrong or Drop.SESSION_OVER
        else:
            holding.append(session)
    return await _of_sessions(holding, case) if holding else wrong or Drop.SESSION_OVER


async def _called_off(case: Case) -> Values | Drop:
    """Sessions that are cancelled and would still be to come."""
    off = [s for s, _ in await _sessions(case) if s.status is SessionStatus.CANCELLED and s.time.starts_at > case.now]
    return await _of_sessions(off, case) if off else Drop.SESSION_OVER


async def _asked(case: Case) -> Values | Drop:
    session = await _session(case)
    request = session.requests.get(case.notice.request_id or session.id)
    if request is None or request.status is not RequestStatus.PENDING or request.has_expired(case.now):
        return Drop.REQUEST_CLOSED
    return await _of_request(session, request.therapist_id, case)


async def _decided(case: Case) -> Values | Drop:
    session = await _session(case)
    request = session.requests.get(case.notice.request_id or session.id)
    if request is None or request.status not in DECISIONS:
        return Drop.REQUEST_CLOSED
    return {**await _of_request(session, request.therapist_id, case), "decision": DECISIONS[request.status]}


async def _paid(case: Case) -> Values | Drop:
    ledger = await case.book.read(PatientLedger, ledger_id(case.notice.person_id))
    payment = ledger.sources.get(case.notice.payment_id or ledger.id)
    if payment is None or payment.voided:
        return Drop.PAYMENT_VOIDED
    receipt = case.notice.receipt_number or ""
    return {"amount": _money(payment.amount, case), "receipt": receipt, "date": _day(payment.received_on, case)}


async def _due(case: Case) -> Values | Drop:
    """What is due today: not next month's sessions. The month it asks for must still be."""
    month = case.notice.month or ""
    if f"{case.book.today:%Y-%m}" != month:
        return Drop.TOO_LATE
    ledger = await case.book.read(PatientLedger, ledger_id(case.notice.person_id))
    charges = (ledger.charges[id_] for id_ in ledger.open_charges)
    due = sum((charge.open for charge in charges if charge.due_on <= case.book.today), ZERO)
    if not due:
        return Drop.NOTHING_DUE
    return {"amount": _money(due, case), "month": f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"}


async def _nothing(case: Case) -> Values | Drop:
    return {}


FACTS: Final[Mapping[NoticeKind, Callable[[Case], Awaitable[Values | Drop]]]] = {
    NoticeKind.SESSION_BOOKED: _coming,
    NoticeKind.SESSION_RESCHEDULED: _coming,
    NoticeKind.SESSION_REMINDER: _coming,
    NoticeKind.SESSION_CANCELLED: _called_off,
    NoticeKind.RESCHEDULE_REQUESTED: _asked,
    NoticeKind.RESCHEDULE_DECIDED: _decided,
    NoticeKind.PAYMENT_RECEIPT: _paid,
    NoticeKind.DUES_REMINDER: _due,
    NoticeKind.TEST: _nothing,
}
"""What each kind tells of; or why there is nothing to tell any more."""


async def _sessions(case: Case) -> list[tuple[Session, datetime]]:
    """The sessions it tells of, soonest first, each with its start as told."""
    told = sorted(case.notice.sessions.items(), key=lambda item: item[1])
    return [(await case.book.read(Session, session_id), starts_at) for session_id, starts_at in told]


async def _tells_of(notice: Notice, book: Book) -> UUID | None:
    """The patient named to somebody who works here. Of an erased one there is nothing to name."""
    if notice.kind not in {NoticeKind.RESCHEDULE_REQUESTED, NoticeKind.RESCHEDULE_DECIDED} or notice.session_id is None:
        return None
    patient = await book.read(Patient, (await book.read(Session, notice.session_id)).patient_id)
    return patient.id if patient.exists and not patient.erased else None


async def _session(case: Case) -> Session:
    return await case.book.read(Session, case.notice.session_id or case.notice.id)


async def _of_sessions(sessions: list[Session], case: Case) -> Values:
    first = sessions[0]
    service = await case.book.read(TherapyType, first.therapy_type_id)
    return {
        "date": _day(first.time.day, case), "time": first.time.start_time, "when": _when(first, len(sessions), case),
        "therapist": await _name_of(first.therapist_id, case), "service": service.name or "",
    }  # fmt: skip


async def _of_request(session: Session, therapist_id: UUID, case: Case) -> Values:
    patient = await case.book.read(Patient, session.patient_id)
    return {
        "patient": patient.first_name or "", "therapist": await _name_of(therapist_id, case),
        "when": _when(session, 1, case),
    }  # fmt: skip


async def _name_of(user_id: UUID, case: Case) -> str:
    user = await case.book.read(User, user_id)
    return " ".join(filter(None, (user.first_name, user.last_name)))


def _when(first: Session, count: int, case: Case) -> str:
    shown = f"{_day(first.time.day, case)}, {first.time.start_time}"
    if count == 1:
        return shown
    return f"{shown} and {count - 1} more" if case.language.startswith("en") else f"{shown} (+{count - 1})"


def _day(day: date, case: Case) -> str:
    """In words where they are English, else in figures."""
    if not case.language.startswith("en"):
        return f"{day:%d-%m-%Y}"
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def _money(amount: Decimal, case: Case) -> str:
    return f"{case.book.tenant.settings.currency} {amount}"

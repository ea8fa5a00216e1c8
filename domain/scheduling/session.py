"""A session: one patient with one therapist at one time, from the booking to how it ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import text
from domain.base import NIL, ClinicalText, Event, Missing, PersonalText
from domain.rescheduling import Overtaking, Reschedulable
from domain.scheduling.fees import CancelledBy, Fee, Terms, Waiver, cancellation_fee, no_show_fee
from domain.scheduling.places import Appointment, SessionTime
from domain.scheduling.prices import Price, PriceSource
from domain.scheduling.refusals import IdTaken, TooEarly, WrongStatus
from domain.values import ZERO

__all__ = ["Session", "SessionStatus"]

LONGEST_REASON = 500


class SessionStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED, NO_SHOW = SessionStatus


class SessionEvent(Event):
    """Says whose session it is, so that readers need no other event. Free text is sealed with the patient's key."""

    SUBJECT = "patient_id"
    patient_id: UUID
    therapist_id: UUID


class PlacedEvent(SessionEvent):
    """Where and when it is from now on. Buffers are minutes of the therapist's time."""

    room_id: UUID | None
    day: date
    start_time: str
    end_time: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    buffer_before: int
    buffer_after: int

    @property
    def appointment(self) -> Appointment:
        time = SessionTime(self.day, self.start_time, self.end_time, self.zone, self.starts_at, self.ends_at)
        return Appointment(
            self.patient_id, self.therapist_id, self.room_id, time, self.buffer_before, self.buffer_after
        )


def _place(appointment: Appointment) -> dict[str, Any]:
    time = appointment.time
    return {
        "patient_id": appointment.patient_id, "therapist_id": appointment.therapist_id,
        "room_id": appointment.room_id, "day": time.day, "start_time": time.start_time,
        "end_time": time.end_time, "zone": time.zone, "starts_at": time.starts_at, "ends_at": time.ends_at,
        "buffer_before": appointment.buffer_before, "buffer_after": appointment.buffer_after,
    }  # fmt: skip


class Session(Reschedulable):
    """Stream id: the session's id.

    SCHEDULED → IN_PROGRESS → COMPLETED; SCHEDULED → COMPLETED | CANCELLED | NO_SHOW; NO_SHOW → SCHEDULED.
    ``now`` is an aware instant, from the caller's clock.
    """

    TOPIC = "scheduling.Session"

    class SessionBooked(PlacedEvent):
        """``price`` and ``duration`` (minutes) are a snapshot."""

        TOPIC = "scheduling.SessionBooked"
        therapy_type_id: UUID
        duration: int
        price: Decimal
        price_source: PriceSource

        def apply(self, session: Session) -> None:
            session.status = SCHEDULED
            session.appointment = self.appointment
            session.therapy_type_id = self.therapy_type_id
            session.price = self.price
            session.duration = self.duration

    class PriceAgreed(SessionEvent):
        """The session was booked at another price than the list's. Follows its booking."""

        TOPIC = "scheduling.PriceAgreed"
        listed: Decimal
        price: Decimal
        reason: PersonalText

    class SessionRescheduled(PlacedEvent):
        """Moved, with price, payments and id. ``therapist_id`` is the one who gives it now."""

        TOPIC = "scheduling.SessionRescheduled"
        previous_therapist_id: UUID
        previous_starts_at: datetime

        def apply(self, session: Session) -> None:
            session.appointment = self.appointment

    class SessionStarted(SessionEvent):
        TOPIC = "scheduling.SessionStarted"

        def apply(self, session: Session) -> None:
            session.status = IN_PROGRESS

    class SessionCompleted(SessionEvent):
        TOPIC = "scheduling.SessionCompleted"

        def apply(self, session: Session) -> None:
            session.status = COMPLETED

    class SessionCancelled(SessionEvent):
        """``notice_minutes`` were left before the start (negative: it had begun). ``fee`` was charged for it:
        ``fee_due``, or nothing if that was waived."""

        TOPIC = "scheduling.SessionCancelled"
        starts_at: datetime
        cancelled_by: CancelledBy
        reason: PersonalText
        notice_minutes: int
        fee_percent: Decimal
        fee_due: Decimal
        fee: Decimal
        waiver_reason: PersonalText

        def apply(self, session: Session) -> None:
            session.status = CANCELLED

    class SessionMarkedNoShow(SessionEvent):
        TOPIC = "scheduling.SessionMarkedNoShow"
        fee_percent: Decimal
        fee_due: Decimal
        fee: Decimal
        waiver_reason: PersonalText

        def apply(self, session: Session) -> None:
            session.status = NO_SHOW

    class NoShowReversed(SessionEvent):
        TOPIC = "scheduling.NoShowReversed"
        reason: PersonalText

        def apply(self, session: Session) -> None:
            session.status = SCHEDULED

    class SessionNotesWritten(SessionEvent):
        """Replaces the notes as a whole; ``None`` takes them away."""

        TOPIC = "scheduling.SessionNotesWritten"
        notes: ClinicalText

        def apply(self, session: Session) -> None:
            session.notes = self.notes

    appointment: Appointment

    def begin(self) -> None:
        super().begin()
        self.status: SessionStatus | None = None
        self.therapy_type_id: UUID = NIL
        self.price: Decimal = ZERO
        self.duration: int = 0
        self.notes: str | None = None

    @property
    def patient_id(self) -> UUID:
        return self.appointment.patient_id

    @property
    def therapist_id(self) -> UUID:
        return self.appointment.therapist_id

    @property
    def time(self) -> SessionTime:
        return self.appointment.time

    def is_booked_as(self, patient_id: UUID, therapist_id: UUID, therapy_type_id: UUID, day: date, start: str) -> bool:
        """Whether a booking under this id repeats the one that was made."""
        known = (self.patient_id, self.therapist_id, self.therapy_type_id, self.time.day, self.time.start_time)
        return known == (patient_id, therapist_id, therapy_type_id, day, start)

    def book(self, appointment: Appointment, therapy_type_id: UUID, price: Price) -> None:
        """Book it. Whether everybody is free is for the day sheets to say."""
        if self.exists:
            raise IdTaken
        self.decide(
            self.SessionBooked, therapy_type_id=therapy_type_id, duration=price.minutes, price=price.amount,
            price_source=price.source, **_place(appointment),
        )  # fmt: skip
        if price.source is PriceSource.OVERRIDE:
            # An event of its own, because the reason is sealed and the booking, the busiest event, need not be.
            self._decide(self.PriceAgreed, listed=price.listed, price=price.amount, reason=price.reason)

    def reschedule(self, to: Appointment) -> None:
        """Move it; price and duration stay. Moving it to where it is decides nothing."""
        self._must_be(SCHEDULED)
        before = self.appointment
        if (to.therapist_id, to.room_id, to.time) == (before.therapist_id, before.room_id, before.time):
            return
        self.decide(
            self.SessionRescheduled, previous_therapist_id=before.therapist_id,
            previous_starts_at=before.time.starts_at, **_place(to),
        )  # fmt: skip
        if (to.therapist_id, to.time) != (before.therapist_id, before.time):  # another room changes nothing asked for
            self.overtake_request(Overtaking.MOVED)

    def start(self, *, now: datetime) -> None:
        """Begin. Somebody may come early, but not on another day."""
        self._must_be(SCHEDULED)
        if now.astimezone(ZoneInfo(self.time.zone)).date() < self.time.day:
            raise TooEarly("A session is started on its day.", startsAt=self.time.starts_at.isoformat())
        self._decide(self.SessionStarted)
        self.overtake_request(Overtaking.STARTED, now=now)

    def complete(self, *, now: datetime) -> None:
        """It took place: not before its start, with or without having been started."""
        self._must_be(SCHEDULED, IN_PROGRESS)
        self._must_have_begun(now)
        self._decide(self.SessionCompleted, on=self.time.day)
        self.overtake_request(Overtaking.COMPLETED, now=now)

    def cancel(self, reason: str, by: CancelledBy, terms: Terms, waiver: Waiver, *, now: datetime) -> Fee:
        """Call it off, which gives its time back. Answers the fee that was decided on."""
        self._must_be(SCHEDULED)
        reason = text.paragraph(reason, "reason", LONGEST_REASON)
        notice = self.time.starts_at - now
        fee = cancellation_fee(self.price, terms, by, notice, waiver)
        self._decide(
            self.SessionCancelled, starts_at=self.time.starts_at, cancelled_by=by, reason=reason,
            notice_minutes=notice // timedelta(minutes=1), fee_percent=fee.percent, fee_due=fee.due,
            fee=fee.amount, waiver_reason=fee.waiver_reason,
        )  # fmt: skip
        self.overtake_request(Overtaking.CANCELLED, now=now)
        return fee

    def mark_no_show(self, terms: Terms, waiver: Waiver, *, now: datetime) -> Fee:
        """Nobody came: a person says so, once it should have begun. The time stays taken. Answers the fee."""
        self._must_be(SCHEDULED)
        self._must_have_begun(now)
        fee = no_show_fee(self.price, terms, waiver)
        self._decide(
            self.SessionMarkedNoShow, on=self.time.day, fee_percent=fee.percent, fee_due=fee.due,
            fee=fee.amount, waiver_reason=fee.waiver_reason,
        )  # fmt: skip
        self.overtake_request(Overtaking.NO_SHOW, now=now)
        return fee

    def reverse_no_show(self, reason: str) -> None:
        """They came after all: scheduled again, to be completed."""
        self._must_be(NO_SHOW)
        self._decide(self.NoShowReversed, reason=text.paragraph(reason, "reason", LONGEST_REASON))

    def write_notes(self, notes: str | None) -> None:
        """Write the notes anew; blank or ``None`` takes them away. The earlier ones stay in the history."""
        self.must_exist()
        notes = text.optional(notes)
        notes = None if notes is None else text.paragraph(notes, "notes")
        if notes != self.notes:
            self._decide(self.SessionNotesWritten, notes=notes)

    def must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such session.")

    def must_be_scheduled(self) -> None:
        self._must_be(SCHEDULED)

    def _decide(self, event_class: type[SessionEvent], *, on: date | None = None, **facts: object) -> None:
        self.decide(event_class, on=on, patient_id=self.patient_id, therapist_id=self.therapist_id, **facts)

    def _must_be(self, *allowed: SessionStatus) -> None:
        self.must_exist()
        if self.status not in allowed:
            raise WrongStatus(status=self.status)

    def _must_have_begun(self, now: datetime) -> None:
        if now < self.time.starts_at:
            raise TooEarly(startsAt=self.time.starts_at.isoformat())

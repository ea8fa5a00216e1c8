"""Changing one occurrence, one and those that follow, or all that are still to come, in one step.

Time, therapist and room move a session: price, payments and id stay. Another therapy is another service at another
price, so the session is cancelled by the centre, free of charge, and a new one booked in its place; what was paid is
credit, and pays for the new one as credit does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, handles
from application.scheduling.booking import enter, move, price_for
from application.scheduling.cancelling import call_off
from application.scheduling.diary import Diary, sheets_of
from application.scheduling.fitting import appointment, must_be_open, timetable_of
from application.series.cancelling import OccurrenceId, is_to_come, meant
from application.series.draft import Draft, Wish, must_all_be_apart, must_all_fit
from application.series.results import SeriesResult, occurrence_result
from application.values import Day, WallTime
from domain.base import Aggregate, Invalid, Refused
from domain.billing import PatientLedger, ledger_id
from domain.patients import Patient
from domain.scheduling import CancelledBy, DaySheet, Price, Session, SessionTime, Waiver
from domain.series import Course, NothingLeft, Occurrence, Pattern, Reach, Series

__all__ = ["ChangeSeries"]

REPLACED = "Replaced by a session of another therapy"


class ChangeSeries(Command):
    """Change what is still to come. What is missing stays as it is with each session; a null ``roomId`` takes the room
    away. ``date`` is where the occurrence named goes; the others move by as many days."""

    series_id: FromPath
    scope: Reach
    occurrence_id: OccurrenceId = None
    date: Annotated[Day | None, Field(description="The new local date of `occurrenceId`", examples=[None])] = None
    start_time: Annotated[WallTime | None, Field(examples=["11:00"])] = None
    therapist_id: UUID | None = None
    therapy_type_id: UUID | None = None
    room_id: UUID | None = None

    @property
    def sets_room(self) -> bool:
        return "room_id" in self.model_fields_set


@handles(ChangeSeries, may="sessions:book")
async def change_series(command: ChangeSeries, context: Context, book: Book) -> SeriesResult:
    series = await book.load(Series, command.series_id)
    members = await meant(series, command.scope, command.occurrence_id, context, book)
    if not any(is_to_come(session, context.now) for session in members):
        raise NothingLeft
    shift = await _shift(command, series, book)
    steps = [step for session in members if (step := await _step(command, session, shift, context, book))]
    if not steps:
        return SeriesResult(id=series.id, version=series.version, rule=series.pattern.rule, occurrences=[])
    people: list[tuple[type[Aggregate], UUID]] = [
        (Patient, series.patient_id), (PatientLedger, ledger_id(series.patient_id)),
    ]  # fmt: skip
    places = [each for step in steps for each in (step.session.appointment, step.wish.appointment) if each is not None]
    patient: Patient
    ledger: PatientLedger
    patient, ledger, *sheets = await book.load_all(*people, *sheets_of(*places))
    if any(step.price for step in steps):
        patient.must_be_active()  # as for any new booking
    if command.sets_room:
        must_be_open(command.room_id, book)
    for room_id in {each.wish.appointment.room_id for each in steps if each.wish.appointment is not None}:
        must_be_open(room_id, book)
    must_all_fit([step.wish for step in steps], Draft(sheets, [step.session.id for step in steps]), context)
    await must_all_be_apart([step.wish for step in steps], book)
    changed = _written(steps, sheets, ledger, book)
    kept = _remembered(command, series, members, steps, shift, context, book)
    return SeriesResult(
        id=kept.id, version=kept.version, rule=kept.pattern.rule, continues=series.id if kept is not series else None,
        occurrences=[occurrence_result(session, ledger) for session in changed],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of one session. With a ``price`` it gives way to a new one of the therapy."""

    session: Session
    wish: Wish
    therapy_type_id: UUID
    price: Price | None


async def _shift(command: ChangeSeries, series: Series, book: Book) -> int:
    """By how many days all move."""
    if command.date is None:
        return 0
    if command.occurrence_id is None:
        raise Invalid("Say which occurrence goes to that date.", field="occurrenceId")
    return (command.date - (await book.load(Session, command.occurrence_id)).time.day).days


async def _step(command: ChangeSeries, session: Session, shift: int, context: Context, book: Book) -> _Step | None:
    """``None``: it is as it shall be already."""
    before = session.appointment
    therapist_id = command.therapist_id or before.therapist_id
    therapy_type_id = command.therapy_type_id or session.therapy_type_id
    room_id = command.room_id if command.sets_room else before.room_id
    price = None
    if therapy_type_id != session.therapy_type_id:
        price = await price_for(therapist_id, therapy_type_id, book)
    session_id = session.id if price is None else context.new_id()
    day, start = before.time.day + timedelta(days=shift), command.start_time or before.time.start_time
    time = before.time
    if price is not None or (day, start) != (time.day, time.start_time):
        try:
            time = SessionTime.at(day, start, price.minutes if price else session.duration, book.tenant.zone)
        except Refused as refusal:
            wish = Wish(session_id, day, start, None, refusal=refusal)
            return _Step(session, wish, therapy_type_id, price)
    if price is None and (therapist_id, time) == (before.therapist_id, before.time):
        if room_id == before.room_id:
            return None
        # Another room alone asks nothing of the therapist.
        return _Step(session, Wish(session_id, day, start, replace(before, room_id=room_id)), therapy_type_id, None)
    timetable = await timetable_of(therapist_id, therapy_type_id, book)
    wanted = appointment(before.patient_id, therapist_id, room_id, time, timetable)
    return _Step(session, Wish(session_id, day, start, wanted, timetable), therapy_type_id, price)


def _written(steps: Sequence[_Step], sheets: Iterable[DaySheet], ledger: PatientLedger, book: Book) -> list[Session]:
    """The sessions as they stand afterwards. Whoever gives way does so before anybody takes a new place."""
    diary = Diary(sheets)
    for step in steps:
        if step.price is not None:
            call_off(step.session, REPLACED, CancelledBy.CENTRE, Waiver(), diary, ledger, book)
        elif _is_in_the_way(step, steps):
            diary.release(step.session.appointment, step.session.id)
    changed = []
    for step in steps:
        wanted = step.wish.appointment
        if wanted is None:
            continue  # must_all_fit has refused it
        session = step.session
        if step.price is None:
            move(session, wanted, diary, ledger, book)
        else:
            session = book.new(Session, step.wish.session_id)
            enter(session, wanted, step.therapy_type_id, step.price, diary, ledger, book)
        changed.append(session)
    return changed


def _is_in_the_way(step: _Step, steps: Iterable[_Step]) -> bool:
    """Whether another one of these goes where this one still stands."""
    here = step.session.appointment.blocked
    return any(
        other is not step and other.wish.appointment is not None and other.wish.appointment.blocked.overlaps(here)
        for other in steps
    )


def _remembered(
    command: ChangeSeries, series: Series, members: Sequence[Session], steps: Sequence[_Step], shift: int,
    context: Context, book: Book,
) -> Series:  # fmt: skip
    """Say so in the series, or in the one that is split from it and answered."""
    gone = {step.session.id: step for step in steps if step.price is not None}
    if command.scope is Reach.THIS:
        [session] = members
        day, replaced = series.days[session.id], gone.get(session.id)
        series.change_one(
            Occurrence(replaced.wish.session_id if replaced else session.id, day),
            replaced=session.id if replaced else None,
        )
        return series
    now = [
        Occurrence(
            gone[session.id].wish.session_id if session.id in gone else session.id,
            series.days[session.id] + timedelta(days=shift),
        )
        for session in members
    ]
    first = min(series.days[session.id] for session in members)
    if command.scope is Reach.FOLLOWING and command.occurrence_id is not None:
        first = series.days[command.occurrence_id]
    left_out = [day + timedelta(days=shift) if day >= first else day for day in series.left_out]
    course = Course(
        command.therapist_id or series.course.therapist_id,
        command.therapy_type_id or series.course.therapy_type_id,
        command.room_id if command.sets_room else series.course.room_id,
    )
    if command.scope is Reach.ALL or first <= min(series.days.values()):
        pattern = _moved(series.pattern, shift, command.start_time)
        series.change(course, pattern, now, replaced=gone, left_out=left_out)
        return series
    last = max([each.day for each in series.pattern.days(book.tenant.zone)] + list(series.days.values()))
    following = book.new(Series, context.new_id())
    following.start(
        series.patient_id, course, _moved(series.pattern.between(first, last), shift, command.start_time), now,
        timezone=book.tenant.zone.key, left_out=[day for day in left_out if day >= first + timedelta(days=shift)],
        continues=series.id,
    )  # fmt: skip
    series.split(first, following.id, [session.id for session in members if session.id not in gone])
    return following


def _moved(pattern: Pattern, shift: int, start_time: str | None) -> Pattern:
    return replace(pattern.shifted(shift), start_time=start_time or pattern.start_time)

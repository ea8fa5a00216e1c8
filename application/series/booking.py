"""A new series: what it would be, and booking it. Each occurrence is booked as a single session is, in one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, Money, Reason, handles
from application.scheduling.booking import enter, price_for
from application.scheduling.diary import Diary, sheets_of
from application.scheduling.fitting import appointment, must_be_open, timetable_of
from application.series.draft import Draft, Wish, must_all_be_apart, must_all_fit, occurrence
from application.series.results import SeriesPreview, SeriesResult, occurrence_result
from application.values import Day, WallTime
from domain.base import Aggregate, Invalid, Refused
from domain.billing import PatientLedger, ledger_id
from domain.patients import Patient
from domain.scheduling import DaySheet, Price, Session, SessionTime, Timetable
from domain.series import LONGEST_SERIES, Course, Expected, Occurrence, Pattern, Series
from domain.values import ZERO

__all__ = ["BookSeries", "PreviewSeries", "SeriesRule"]

SeriesRule = Annotated[
    str, Field(min_length=1, max_length=300, examples=["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=20"])
]
Dates = Annotated[list[Day], Field(min_length=1, max_length=LONGEST_SERIES, examples=[None])]


class PreviewSeries(Command):
    """A series as it would be booked: the same fields."""

    patient_id: UUID
    therapist_id: UUID
    therapy_type_id: UUID
    room_id: UUID | None = None
    first_date: Annotated[Day, Field(description="The local date that the rule counts from")]
    start_time: WallTime
    rule: Annotated[SeriesRule, Field(description="RFC 5545, weekly, with COUNT or UNTIL; at most 104 occurrences")]
    only: Annotated[Dates | None, Field(description="Book these dates of the rule, no others", examples=[None])] = None
    exclude: Annotated[Dates | None, Field(description="Leave these dates of the rule out", examples=[None])] = None
    price: Annotated[Money | None, Field(description="Of each session, instead of the list price")] = None
    price_reason: Reason | None = None


class BookSeries(PreviewSeries):
    """Book a patient every week, or on some weekdays of every so many weeks. Every date of the rule is booked or, with
    ``only`` or ``exclude``, exactly those that are left; if one of them cannot be had, none is."""


@handles(PreviewSeries, may="sessions:book")
async def preview_series(command: PreviewSeries, context: Context, book: Book) -> SeriesPreview:
    plan = await _plan(command, context, book)
    draft = Draft(plan.sheets)
    shown = []
    for wish in plan.wishes:
        chosen = wish.day in plan.chosen
        shown.append(occurrence(wish, draft.problems(wish, context) if chosen else [], chosen=chosen))
    free = sum(each.chosen and not each.problems for each in shown)
    return SeriesPreview(
        timezone=book.tenant.zone.key, rule=plan.pattern.rule, duration=plan.price.minutes, price=plan.price.amount,
        price_source=plan.price.source, chosen=len(plan.chosen), free=free,
        total=sum((plan.price.amount for _ in range(free)), ZERO), occurrences=shown,
    )  # fmt: skip


@handles(BookSeries, may="sessions:book")
async def book_series(command: BookSeries, context: Context, book: Book) -> SeriesResult:
    plan = await _plan(command, context, book)
    wishes = [wish for wish in plan.wishes if wish.day in plan.chosen]
    must_all_fit(wishes, Draft(plan.sheets), context)
    await must_all_be_apart(wishes, book)
    diary, sessions = Diary(plan.sheets), []
    for wish in wishes:
        if wish.appointment is not None:
            session = book.new(Session, wish.session_id)
            enter(session, wish.appointment, command.therapy_type_id, plan.price, diary, plan.ledger, book)
            sessions.append(session)
    series = book.new(Series, context.new_id())
    series.start(
        command.patient_id, Course(command.therapist_id, command.therapy_type_id, command.room_id), plan.pattern,
        [Occurrence(wish.session_id, wish.day) for wish in wishes], timezone=book.tenant.zone.key,
        left_out=[wish.day for wish in plan.wishes if wish.day not in plan.chosen],
    )  # fmt: skip
    return SeriesResult(
        id=series.id, version=series.version, rule=series.pattern.rule,
        occurrences=[occurrence_result(session, plan.ledger) for session in sessions],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """``wishes`` has every day of the rule, ``chosen`` those that are to be booked."""

    pattern: Pattern
    price: Price
    wishes: Sequence[Wish]
    chosen: frozenset[date]
    ledger: PatientLedger
    sheets: Sequence[DaySheet]


async def _plan(command: PreviewSeries, context: Context, book: Book) -> _Plan:
    pattern = Pattern.read(command.first_date, command.start_time, command.rule, book.tenant.zone)
    days = pattern.days(book.tenant.zone)
    chosen = _chosen(days, command.only, command.exclude)
    timetable = await timetable_of(command.therapist_id, command.therapy_type_id, book)
    price = await price_for(
        command.therapist_id, command.therapy_type_id, book, override=command.price, reason=command.price_reason
    )
    wishes = [_wish(command, each.day, price, timetable, context, book) for each in days]
    wanted = [wish.appointment for wish in wishes if wish.appointment is not None and wish.day in chosen]
    people: list[tuple[type[Aggregate], UUID]] = [
        (Patient, command.patient_id), (PatientLedger, ledger_id(command.patient_id)),
    ]  # fmt: skip
    patient: Patient
    ledger: PatientLedger
    patient, ledger, *sheets = await book.load_all(*people, *sheets_of(*wanted))
    patient.must_be_active()
    must_be_open(command.room_id, book)
    return _Plan(pattern, price, wishes, chosen, ledger, sheets)


def _wish(command: PreviewSeries, day: date, price: Price, timetable: Timetable, context: Context, book: Book) -> Wish:
    try:
        time = SessionTime.at(day, command.start_time, price.minutes, book.tenant.zone)
    except Refused as refusal:
        return Wish(context.new_id(), day, command.start_time, None, timetable, refusal)
    wanted = appointment(command.patient_id, command.therapist_id, command.room_id, time, timetable)
    return Wish(context.new_id(), day, command.start_time, wanted, timetable)


def _chosen(days: Sequence[Expected], only: list[date] | None, exclude: list[date] | None) -> frozenset[date]:
    """The days to book. A date that the rule does not name is a mistake somewhere, so it is refused."""
    known = frozenset(each.day for each in days)
    if only is not None and exclude is not None:
        raise Invalid("Either say which dates to book, or which to leave out.", field="exclude")
    for dates, field in ((only, "only"), (exclude, "exclude")):
        if strange := sorted(set(dates or ()) - known):
            raise Invalid(f"The rule does not name {strange[0].isoformat()}.", field=field)
    chosen = known if only is None else frozenset(only)
    chosen -= frozenset(exclude or ())
    if not chosen:
        raise Invalid("Nothing is left to book.", field="exclude")
    return chosen

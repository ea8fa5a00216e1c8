"""Trying out a whole plan before any of it is written, and saying of each occurrence what is in its way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from application.base import Book, Context
from application.scheduling.diary import Diary
from application.scheduling.fitting import must_fit, must_not_meet_themselves
from application.series.results import Because, InTheWay, OccurrencePlan, Problem
from application.values import Day
from domain.base import Refused
from domain.scheduling import (
    Appointment,
    Busy,
    DaySheet,
    Hold,
    OutsideAvailability,
    Side,
    SlotTaken,
    Timetable,
    must_be_free,
)
from domain.series import OccurrencesClash
from domain.timegrid import Interval

__all__ = ["Draft", "Wish", "must_all_be_apart", "must_all_fit"]


@dataclass(frozen=True, slots=True)
class Wish:
    """An occurrence as it shall be. ``appointment`` is missing if that time does not exist (``refusal``).
    ``timetable`` is missing if nothing is asked of the therapist's hours: only the room is another."""

    session_id: UUID
    day: date
    start_time: str
    appointment: Appointment | None
    timetable: Timetable | None = None
    refusal: Refused | None = None


class Draft(Diary):
    """A diary in which the sessions of a plan stand where they shall be, not where they are (``moving``)."""

    def __init__(self, sheets: Iterable[DaySheet], moving: Collection[UUID] = ()) -> None:
        super().__init__(sheets)
        self._moving = frozenset(moving)
        self._planned: list[tuple[date, Hold]] = []

    def busy(self, appointment: Appointment, session_id: UUID) -> Busy:
        return {hold.side: [span for _, span in self._taken(hold, session_id)] for hold in appointment.holds}

    def in_the_way(self, appointment: Appointment, session_id: UUID) -> list[InTheWay]:
        """Every session that takes time it needs; of the same plan, the day instead. Ids only: who they are is for
        those to see who may read the session."""
        found: dict[tuple[Side, object], InTheWay] = {}
        for hold in appointment.holds:
            for who, span in self._taken(hold, session_id):
                if span.overlaps(hold.blocked):
                    session, day = (who, None) if isinstance(who, UUID) else (None, who)
                    found[hold.side, who] = InTheWay(resource=hold.side, session_id=session, date=day)
        return list(found.values())

    def plan(self, appointment: Appointment) -> None:
        self._planned += [(appointment.time.day, hold) for hold in appointment.holds]

    def _taken(self, hold: Hold, session_id: UUID) -> Iterator[tuple[UUID | Day, Interval]]:
        for _, place in hold.sheets:
            for taken_by, span in self._sheets[place].taken.items():
                if taken_by != session_id and taken_by not in self._moving:
                    yield taken_by, span
        for day, planned in self._planned:
            if planned.resource_id == hold.resource_id:
                yield day, planned.blocked

    def problems(self, wish: Wish, context: Context) -> list[Problem]:
        """What is in the way of a wish; nothing if it can be had, and then it stands in the draft."""
        if wish.appointment is None:
            return [_problem(wish.refusal)] if wish.refusal is not None else []
        found: list[Problem] = []
        if wish.timetable is not None:
            try:
                must_fit(wish.appointment, wish.timetable, self, wish.session_id, context)
            except OutsideAvailability as refusal:
                found.append(_problem(refusal, because=_because(wish.appointment, wish.timetable)))
            except Refused as refusal:
                found.append(_problem(refusal))
        if clashes := self.in_the_way(wish.appointment, wish.session_id):
            taken = next((p for p in found if p.code == SlotTaken.code), None)
            found = [problem for problem in found if problem is not taken]
            found.append((taken or _problem(SlotTaken())).model_copy(update={"clashes": clashes}))
        if not found:
            self.plan(wish.appointment)
        return found


def must_all_fit(wishes: Iterable[Wish], draft: Draft, context: Context) -> None:
    """Refuse a plan of which anything cannot be had, listing all of that (``OccurrencesClash``)."""
    listed = [occurrence(wish, found) for wish in wishes if (found := draft.problems(wish, context))]
    if listed:
        shown = [each.model_dump(mode="json", by_alias=True, include=_SHOWN) for each in listed]
        raise OccurrencesClash(occurrences=shown)


async def must_all_be_apart(wishes: Iterable[Wish], book: Book) -> None:
    """Refuse a plan in which a person meets themselves: of records that were merged, all sessions count."""
    for wish in wishes:
        if wish.appointment is not None:
            await must_not_meet_themselves(wish.appointment, wish.session_id, book)


_SHOWN = {"date", "start_time", "end_time", "starts_at", "ends_at", "problems"}


def occurrence(wish: Wish, problems: list[Problem], *, chosen: bool = True) -> OccurrencePlan:
    time = None if wish.appointment is None else wish.appointment.time
    return OccurrencePlan(
        date=wish.day, start_time=wish.start_time, end_time=None if time is None else time.end_time,
        starts_at=None if time is None else time.starts_at, ends_at=None if time is None else time.ends_at,
        chosen=chosen, problems=problems,
    )  # fmt: skip


def _problem(refusal: Refused, *, because: Because | None = None) -> Problem:
    return Problem(
        code=refusal.code, message=str(refusal), because=because, alternatives=refusal.details.get("alternatives", [])
    )


def _because(wanted: Appointment, timetable: Timetable) -> Because:
    """What closes that time: without the holidays, or without the leave, the therapist would be there."""
    open_days = replace(timetable, rules=replace(timetable.rules, holidays=()))
    for reason, opened in ((Because.HOLIDAY, open_days), (Because.LEAVE, replace(timetable, leave=()))):
        if _is_open(wanted, opened):
            return reason
    both = replace(open_days, leave=())
    return Because.HOLIDAY if _is_open(wanted, both) else Because.HOURS


def _is_open(wanted: Appointment, timetable: Timetable) -> bool:
    try:
        must_be_free(wanted, timetable, {Side.THERAPIST: []}, now=None)
    except OutsideAvailability:
        return False
    return True

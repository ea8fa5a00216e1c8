"""Reading sessions. Names are joined here: a row knows ids only, so nobody's change of name touches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.base import Invalid
from domain.scheduling import SessionStatus
from domain.timegrid import Interval
from projections.base import ReadTable, alike
from projections.catalogue import therapy_types
from projections.patients import of_person, patients
from projections.query import Data, Paging, Reader, counted, with_count
from projections.scheduling.table import sessions
from projections.series.table import occurrences
from projections.staff import users
from projections.tenancy import rooms

__all__ = [
    "Filter", "TooMuch", "booked_in_another_zone", "calendar", "get", "not_ended", "of_therapist", "page", "to_come",
]  # fmt: skip

MOST_IN_CALENDAR = 5_000
MOST_ELSEWHERE = 500
TEXTS = {"price_reason", "cancel_reason", "waiver_reason", "notes"}


class TooMuch(Invalid):
    """That is more than a calendar shows at once; ask for fewer days, or for one therapist."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions. Dates are local ones, both included; what is ``None`` does not count.

    ``only_therapist`` is the caller's scope: nobody else's sessions exist then.
    """

    first: date | None = None
    last: date | None = None
    therapist_id: UUID | None = None
    patient_id: UUID | None = None
    therapy_type_id: UUID | None = None
    statuses: Sequence[SessionStatus] = ()
    only_therapist: UUID | None = None
    series_id: UUID | None = None

    def apply(self, wanted: sa.Select[Any]) -> sa.Select[Any]:
        c = sessions.c
        if self.first is not None:
            wanted = wanted.where(c.date >= self.first)
        if self.last is not None:
            wanted = wanted.where(c.date <= self.last)
        for column, value in (
            (c.therapist_id, self.therapist_id), (c.therapist_id, self.only_therapist),
            (c.therapy_type_id, self.therapy_type_id),
            (occurrences.c.series_id, self.series_id),
        ):  # fmt: skip
            if value is not None:
                wanted = wanted.where(column == value)
        if self.patient_id is not None:
            wanted = wanted.where(of_person(c.patient_id, self.patient_id))
        if self.statuses:
            wanted = wanted.where(c.status.in_(self.statuses))
        return wanted


async def get(db: Reader, session_id: UUID, *, only_therapist: UUID | None = None) -> Data | None:
    """A session with names; in OWN scope (``only_therapist``) only the therapist's own."""
    return await db.one(Filter(only_therapist=only_therapist).apply(_named()).where(sessions.c.id == session_id))


async def page(db: Reader, paging: Paging, wanted: Filter) -> Data:
    """Sessions by start."""
    sortable = {
        "startsAt": sessions.c.starts_at,
        "date": sessions.c.date,
        "status": sessions.c.status,
        "price": sessions.c.price,
        "bookedAt": sessions.c.booked_at,
        "updatedAt": sessions.c.updated_at,
        "id": sessions.c.id,
    }
    return await db.page(wanted.apply(_named()), paging, sortable, "startsAt")


async def of_therapist(db: Reader, therapist_id: UUID, window: Interval) -> list[Data]:
    """Whatever a therapist has that starts inside the window, cancelled sessions too, by start."""
    return await db.all(_of_therapist(), therapist=therapist_id, first=window.start, last=window.end)


@cache  # asked for by every page of a therapist's: as ``projections/patients/search._account``
def _of_therapist() -> sa.Select[Any]:
    c = sessions.c
    first: sa.BindParameter[datetime] = sa.bindparam("first")
    last: sa.BindParameter[datetime] = sa.bindparam("last")
    inside = (c.therapist_id == sa.bindparam("therapist"), c.starts_at >= first, c.starts_at < last)
    return _named().where(*inside).order_by(c.starts_at, c.id)


async def to_come(db: Reader, paging: Paging, therapist_id: UUID, after: datetime, until: datetime) -> Data:
    """A therapist's scheduled sessions that start between two instants, both left out, by start."""
    c = sessions.c
    mine = (c.therapist_id == therapist_id, c.status == SessionStatus.SCHEDULED)
    wanted = _named().where(*mine, c.starts_at > after, c.starts_at < until)
    return await db.page(wanted, paging, {"startsAt": c.starts_at, "id": c.id}, "startsAt")


async def not_ended(db: Reader, therapist_id: UUID, *, now: datetime, most: int) -> tuple[int, list[Data]]:
    """A therapist's sessions whose time is over and of which nobody has said how they went: how many, and the oldest
    of them."""
    return counted(await db.all(_not_ended(most), therapist=therapist_id, now=now))


@cache
def _not_ended(most: int) -> sa.Select[Any]:
    c = sessions.c
    now: sa.BindParameter[datetime] = sa.bindparam("now")
    mine = c.therapist_id == sa.bindparam("therapist")
    over = (c.status.in_([SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS]), c.starts_at < now, c.ends_at <= now)
    return with_count(_named()).where(mine, *over).order_by(c.starts_at, c.id).limit(most)


async def booked_in_another_zone(db: Reader, timezone: str, *, now: datetime) -> list[UUID]:
    """Sessions to come whose wall times are not of this zone, soonest first; at most 500."""
    c = sessions.c
    # The date is there for the index: a session that is to come is on no earlier date than yesterday's, anywhere.
    to_come = (c.status == SessionStatus.SCHEDULED, c.date >= now.date() - timedelta(days=1), c.starts_at > now)
    wanted = sessions.select(c.id).where(*to_come, c.timezone != timezone).order_by(c.starts_at, c.id)
    return [row["id"] for row in await db.all(wanted.limit(MOST_ELSEWHERE))]


async def calendar(db: Reader, wanted: Filter) -> list[Data]:
    """All sessions of some days that were not cancelled, by start. Raises ``TooMuch``."""
    statuses = wanted.statuses or [status for status in SessionStatus if status is not SessionStatus.CANCELLED]
    statement = replace(wanted, statuses=statuses).apply(_named())
    found = await db.all(statement.order_by(sessions.c.starts_at, sessions.c.id).limit(MOST_IN_CALENDAR + 1))
    if len(found) > MOST_IN_CALENDAR:
        raise TooMuch(field="to")
    return found


def _named() -> sa.Select[Any]:
    # The engine scrubs the rows themselves; this holds from the moment at which the patient's own row says so.
    erased = patients.c.erased.is_(sa.true())
    columns = [
        sa.case((erased, sa.null()), else_=c).label(c.name) if c.name in TEXTS else c
        for c in sessions.shown(without=("blocked_from", "blocked_until"))
    ]
    statement = sessions.select(
        *columns,
        _full_name(patients).label("patient_name"),
        _full_name(users).label("therapist_name"),
        therapy_types.c.name.label("therapy_type_name"),
        rooms.c.name.label("room_name"),
        occurrences.c.series_id,
    ).select_from(sessions.table)
    for table, key in (
        (patients, sessions.c.patient_id), (users, sessions.c.therapist_id),
        (therapy_types, sessions.c.therapy_type_id), (rooms, sessions.c.room_id),
    ):  # fmt: skip
        statement = statement.outerjoin(table.table, alike(table.c.id, key))
    return statement.outerjoin(occurrences.table, alike(occurrences.c.session_id, sessions.c.id))


def _full_name(table: ReadTable[Any]) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(sa.func.concat_ws(" ", table.c.first_name, table.c.last_name), "")

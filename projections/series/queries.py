"""Reading series. Names and the state of the sessions are joined here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.scheduling import SessionStatus
from projections.base import ReadTable, alike
from projections.catalogue import therapy_types
from projections.patients import of_person, patients
from projections.query import Data, Paging, Reader
from projections.scheduling.table import sessions
from projections.series.table import occurrences, series
from projections.staff import users
from projections.tenancy import rooms

__all__ = ["Filter", "get", "page", "stands"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which series; what is ``None`` does not count. ``active``: with sessions to come, or without.

    ``only_therapist`` is the caller's scope: a series exists for who gives a session of it.
    """

    patient_id: UUID | None = None
    therapist_id: UUID | None = None
    therapy_type_id: UUID | None = None
    active: bool | None = None
    only_therapist: UUID | None = None

    def apply(self, wanted: sa.Select[Any], now: datetime) -> sa.Select[Any]:
        c = series.c
        for column, value in (
            (c.therapist_id, self.therapist_id), (c.therapy_type_id, self.therapy_type_id),
        ):  # fmt: skip
            if value is not None:
                wanted = wanted.where(column == value)
        if self.patient_id is not None:
            wanted = wanted.where(of_person(c.patient_id, self.patient_id))
        if self.active is not None:
            upcoming = _its_sessions(sessions.c.id).where(_to_come(now)).exists()
            wanted = wanted.where(upcoming if self.active else ~upcoming)
        if self.only_therapist is not None:
            given = _its_sessions(sessions.c.id).where(sessions.c.therapist_id == self.only_therapist)
            wanted = wanted.where(given.exists())
        return wanted


async def page(db: Reader, paging: Paging, wanted: Filter, *, now: datetime) -> Data:
    """Series, the one booked last first."""
    c = series.c
    sortable = {
        "bookedAt": c.booked_at, "firstDate": c.first_date, "updatedAt": c.updated_at, "id": c.id,
    }  # fmt: skip
    return await db.page(wanted.apply(_named(now), now), paging, sortable, "-bookedAt")


async def stands(db: Reader, series_id: UUID) -> bool:
    return await db.scalar(series.select(series.c.id).where(series.c.id == series_id)) is not None


async def get(db: Reader, series_id: UUID, *, now: datetime, only_therapist: UUID | None = None) -> Data | None:
    """A series with its sessions in order; in OWN scope only those that the therapist gives, and ``None`` if there
    are none."""
    wanted = Filter(only_therapist=only_therapist).apply(_named(now), now)
    found = await db.one(wanted.where(series.c.id == series_id))
    if found is None:
        return None
    c = sessions.c
    statement = (
        occurrences.select(
            c.id.label("session_id"), occurrences.c.day, c.date, c.start_time, c.end_time, c.starts_at, c.ends_at,
            c.status, c.therapist_id, _full_name(users).label("therapist_name"), c.therapy_type_id,
            therapy_types.c.name.label("therapy_type_name"), c.room_id, rooms.c.name.label("room_name"), c.price,
        )
        .select_from(occurrences.table)
        .join(sessions.table, alike(c.id, occurrences.c.session_id))
        .outerjoin(users.table, alike(users.c.id, c.therapist_id))
        .outerjoin(therapy_types.table, alike(therapy_types.c.id, c.therapy_type_id))
        .outerjoin(rooms.table, alike(rooms.c.id, c.room_id))
        .where(occurrences.c.series_id == series_id)
        .order_by(c.starts_at, c.id)
    )  # fmt: skip
    if only_therapist is not None:
        statement = statement.where(c.therapist_id == only_therapist)
    its = [{**row, "exception": _differs(row, found)} for row in await db.all(statement)]
    return {**found, "occurrences": its}


def _differs(occurrence: Data, of: Data) -> bool:
    """Whether a session is not as its series says."""
    alike_ = all(occurrence[name] == of[name] for name in ("start_time", "therapist_id", "therapy_type_id", "room_id"))
    return not alike_ or occurrence["date"] != occurrence["day"]


def _named(now: datetime) -> sa.Select[Any]:
    statement = series.select(
        *series.shown(),
        _full_name(patients).label("patient_name"),
        _full_name(users).label("therapist_name"),
        therapy_types.c.name.label("therapy_type_name"),
        rooms.c.name.label("room_name"),
        _its_sessions(sa.func.count()).scalar_subquery().label("sessions"),
        _its_sessions(sa.func.count()).where(_to_come(now)).scalar_subquery().label("upcoming"),
        _its_sessions(sa.func.min(sessions.c.starts_at)).where(_to_come(now)).scalar_subquery().label("next_starts_at"),
    ).select_from(series.table)
    for table, key in (
        (patients, series.c.patient_id), (users, series.c.therapist_id),
        (therapy_types, series.c.therapy_type_id), (rooms, series.c.room_id),
    ):  # fmt: skip
        statement = statement.outerjoin(table.table, alike(table.c.id, key))
    return statement


def _its_sessions(column: Any) -> sa.Select[Any]:
    return (
        occurrences.select(column)
        .select_from(occurrences.table)
        .join(sessions.table, alike(sessions.c.id, occurrences.c.session_id))
        .where(occurrences.c.series_id == series.c.id)
        .correlate(series.table)
    )


def _to_come(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(sessions.c.status == SessionStatus.SCHEDULED, sessions.c.starts_at > now)


def _full_name(table: ReadTable[Any]) -> sa.ColumnElement[str | None]:
    return sa.func.nullif(sa.func.concat_ws(" ", table.c.first_name, table.c.last_name), "")

"""Reports of work done: sessions by state, how much of the offered time was booked, who did not come; and the
dashboard, which sets them and the money beside the period before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.reports import percent
from domain.scheduling import SessionStatus
from domain.values import ZERO
from projections.query import Data, Reader
from projections.reports.asked import Asked, MadeOnce, link, narrowed
from projections.reports.counts import open_charges, states
from projections.reports.figures import AVAILABLE, BOOKED, CONCLUDED
from projections.reports.hours import Hours, hours_of
from projections.reports.money import balance_sums, flow_sums
from projections.reports.summaries import figure, names_of, therapy_names

__all__ = ["dashboard", "sessions"]


@MadeOnce
def _counts(asked: Asked) -> sa.Select[Any]:
    """Sessions and minutes by therapist, therapy type and state."""
    state = states(asked).subquery()
    c = state.c
    dimensions = (c.therapist_id, c.therapy_type_id, c.status)
    found = state.select().with_only_columns(
        *dimensions, sa.func.count().label("sessions"), sa.func.sum(c.minutes).label("minutes")
    )
    if asked.therapist_id is not None:
        found = found.where(c.therapist_id == asked.therapist_id)
    return found.group_by(*dimensions)


def _states(rows: Iterable[Data]) -> dict[str, int]:
    """How many sessions are in each state, and the minutes that were booked."""
    counts = {status.value: 0 for status in SessionStatus}
    minutes = 0
    for row in rows:
        counts[row["status"]] += row["sessions"]
        minutes += int(row["minutes"]) if row["status"] in BOOKED else 0
    return {**counts, "total": sum(counts.values()), "concluded": sum(counts[s] for s in CONCLUDED), "booked": minutes}


def _told(rows: Iterable[Data], asked: Asked, **whose: Any) -> Data:
    counts = _states(rows)
    concluded = figure("concluded-sessions", counts["concluded"], asked, **whose)
    missed = figure("sessions", counts[SessionStatus.NO_SHOW], asked, status=SessionStatus.NO_SHOW, **whose)
    return {
        "total": figure("sessions", counts["total"], asked, **whose),
        **{s.lower(): figure("sessions", counts[s], asked, status=s, **whose) for s in SessionStatus},
        "booked_minutes": figure("booked-minutes", counts["booked"], asked, **whose),
        "no_show_rate": _rate(missed, concluded),
    }


def _rate(part: Data, whole: Data) -> Data:
    """A share in percent; null where there is nothing to be a share of."""
    return {"value": percent(part["value"], whole["value"]), "part": part, "whole": whole}


def _offered(hours: Hours, asked: Asked) -> Mapping[UUID, int]:
    found = hours.minutes(asked.period)
    return found if asked.therapist_id is None else {k: v for k, v in found.items() if k == asked.therapist_id}


async def sessions(db: Reader, asked: Asked, zone: ZoneInfo) -> Data:
    """Sessions of the period by state: in all, by therapist with what of their time was booked, by therapy type, and
    day by day."""
    [rows] = await _counts.of_each(db, asked)
    offered = _offered(await hours_of(db, zone, asked.therapist_id), asked)
    names, kinds = await names_of(db), await therapy_names(db)
    total = _told(rows, asked)
    available = figure(AVAILABLE, sum(offered.values()), asked)
    return {
        "totals": {
            **total,
            "available_minutes": available,
            "utilisation": _rate(total["booked_minutes"], available),
        },
        "by_therapist": [
            {"therapist_id": therapist, "therapist_name": names.get(therapist), **_of(rows, offered, asked, therapist)}
            for therapist in _in_order({row["therapist_id"] for row in rows} | offered.keys(), names)
        ],
        "by_therapy_type": [
            {
                "therapy_type_id": kind,
                "therapy_type_name": kinds.get(kind),
                **_told([row for row in rows if row["therapy_type_id"] == kind], asked, therapy_type_id=kind),
            }
            for kind in _in_order({row["therapy_type_id"] for row in rows}, kinds)
        ],
        "by_day": await _days(db, asked),
    }


def _of(rows: list[Data], offered: Mapping[UUID, int], asked: Asked, therapist: UUID) -> Data:
    told = _told([row for row in rows if row["therapist_id"] == therapist], asked, therapist_id=therapist)
    available = figure(AVAILABLE, offered.get(therapist, 0), asked, therapist_id=therapist)
    return {**told, "available_minutes": available, "utilisation": _rate(told["booked_minutes"], available)}


def _in_order(ids: Iterable[UUID], names: Mapping[UUID, str | None]) -> list[UUID]:
    return sorted(ids, key=lambda id_: (names.get(id_) or "\U0010ffff", id_))


async def _days(db: Reader, asked: Asked) -> list[Data]:
    state = states(asked).subquery()
    c = state.c
    found = state.select().with_only_columns(c.day, c.status, sa.func.count().label("sessions"))
    if asked.therapist_id is not None:
        found = found.where(c.therapist_id == asked.therapist_id)
    days: dict[Any, Data] = {}
    for row in await db.all(found.group_by(c.day, c.status).order_by(c.day)):
        day = days.setdefault(row["day"], {s.lower(): 0 for s in SessionStatus})
        day[row["status"].lower()] = row["sessions"]
    return [{"date": day, **counts} for day, counts in days.items()]


async def dashboard(db: Reader, asked: Asked, zone: ZoneInfo, *, money: bool) -> Data:
    """The key figures of the period beside those of the period before. ``money``: with amounts."""
    before = asked.before()
    rows, earlier = await _counts.of_each(db, asked, before)
    hours, names = await hours_of(db, zone, asked.therapist_id), await names_of(db)
    offered, offered_before = _offered(hours, asked), _offered(hours, before)
    now, then = _states(rows), _states(earlier)
    available = _trend(AVAILABLE, sum(offered.values()), sum(offered_before.values()), asked, before)
    booked = _trend("booked-minutes", now["booked"], then["booked"], asked, before)
    concluded = _trend("concluded-sessions", now["concluded"], then["concluded"], asked, before)
    by_state = {
        status.lower(): _trend("sessions", now[status], then[status], asked, before, status=status)
        for status in SessionStatus
    }
    return {
        "previous": {"first": before.first, "last": before.last},
        "money": await _money(db, asked, before) if money else None,
        "sessions": {"total": _trend("sessions", now["total"], then["total"], asked, before), **by_state},
        "utilisation": _rates(booked, available),
        "no_show_rate": _rates(by_state["no_show"], concluded),
        "therapists": [
            {
                "therapist_id": therapist,
                "therapist_name": names.get(therapist),
                **{
                    name: told
                    for name, told in _of(rows, offered, asked, therapist).items()
                    if name in {"total", "completed", "booked_minutes", "available_minutes", "utilisation"}
                },
            }
            for therapist in _in_order({row["therapist_id"] for row in rows} | offered.keys(), names)
        ],
    }


def _trend(name: str, value: Any, previous: Any, asked: Asked, before: Asked, **further: Any) -> Data:
    return {
        **figure(name, value, asked, **further),
        "previous": previous,
        "explain_previous": link(name, before, **further),
        "change": value - previous,
        "change_percent": percent(value - previous, abs(previous)),
    }


def _rates(part: Data, whole: Data) -> Data:
    return {**_rate(part, whole), "previous": percent(part["previous"], whole["previous"])}


async def _money(db: Reader, asked: Asked, before: Asked) -> Data:
    now, then = await flow_sums(db, asked, before)
    for sums in (now, then):
        sums["result"] = sums["revenue"] - sums["write-offs"] - sums["expenses"]
    ends = narrowed(asked, as_of=asked.until), narrowed(before, as_of=before.until)
    names = ("revenue", "collected", "write-offs", "expenses", "result")
    told = {name.replace("-", "_"): _trend(name, now[name], then[name], asked, before) for name in names}
    [dues], [dues_before] = await _due_sums.of_each(db, *ends)
    held, held_before = await balance_sums(db, *ends)
    for name, one, other in (
        ("outstanding", dues["outstanding"], dues_before["outstanding"]),
        ("overdue", dues["overdue"], dues_before["overdue"]),
        ("credit", held["credit"], held_before["credit"]),
    ):
        told[name] = _trend(name, one, other, *ends)
    return told


@MadeOnce
def _due_sums(asked: Asked) -> sa.Select[Any]:
    standing = open_charges(asked).subquery()
    c = standing.c
    total = sa.func.sum(c.open)
    return standing.select().with_only_columns(
        sa.func.coalesce(total, ZERO).label("outstanding"),
        sa.func.coalesce(total.filter(c.due_on < asked.as_of), ZERO).label("overdue"),
    )

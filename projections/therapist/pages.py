"""The pages themselves. Each is a handful of indexed queries, whatever stands on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.scheduling import DayPlan, SessionStatus, Standing, plan_day
from domain.timegrid import Interval, wall
from projections import rescheduling, scheduling
from projections.query import Data, Paging, Reader
from projections.therapist.caseload import needing_progress
from projections.therapist.desk import ONE_DAY, Desk, at_desk, sessions_in

__all__ = ["PendingKind", "View", "dashboard", "schedule", "today", "upcoming"]

MOST_LISTED = 50
"""What a list on the dashboard shows; its total is beside it."""
NEXT = timedelta(hours=24)
WEEK = 7


class View(StrEnum):
    DAY = "day"
    WEEK = "week"


async def dashboard(db: Reader, therapist_id: UUID, *, now: datetime) -> Data | None:
    """Today, this week (from Monday), what is due, and the next 24 hours. ``None``: no such therapist."""
    span = 3 * WEEK  # more than this week, wherever in it today is
    near = now.date()
    desk = await at_desk(db, therapist_id, now=now, days=(near - span * ONE_DAY, near + span * ONE_DAY))
    if desk is None:
        return None
    week = _week(desk.today)
    soon = Interval(now, now + NEXT)
    whole = desk.window(week[0], max(week[-1], desk.today + 2 * ONE_DAY))
    found = await sessions_in(db, desk, whole) if whole else []
    overdue = await scheduling.not_ended(db, therapist_id, now=now, most=MOST_LISTED)
    asked = await rescheduling.pending_of(db, therapist_id, now=now, most=MOST_LISTED)
    due, reports = await needing_progress(db, therapist_id, today=desk.today, most=MOST_LISTED)
    return {
        **desk.about,
        "date": desk.today,
        "today": _today(desk, found),
        "week": {
            "first_day": week[0],
            "last_day": week[-1],
            "days": [_overview(desk, day, found) for day in week],
        },
        "needing_progress": {"total": due, "data": reports},
        "pending_actions": _pending(desk, overdue, asked, due, reports),
        "next_hours": [
            row for row in found if row["status"] == SessionStatus.SCHEDULED and soon.contains(row["starts_at"])
        ],
    }


async def schedule(db: Reader, therapist_id: UUID, view: View, day: date | None, *, now: datetime) -> Data | None:
    """One local date, or the week (from Monday) that it lies in; without one, today's. ``None``: no such therapist."""
    asked = [] if day is None else [day - WEEK * ONE_DAY, day + WEEK * ONE_DAY]
    near = [now.date() - WEEK * ONE_DAY, now.date() + WEEK * ONE_DAY]
    desk = await at_desk(db, therapist_id, now=now, days=asked or near)
    if desk is None:
        return None
    chosen = day or desk.today
    days = [chosen] if view is View.DAY else _week(chosen)
    window = desk.window(days[0], days[-1])
    found = await sessions_in(db, desk, window) if window else []
    return {
        **desk.about,
        "view": view,
        "first_day": days[0],
        "last_day": days[-1],
        "days": [
            {**_overview(desk, each, found), "sessions": [row for row in found if desk.starts_on(row) == each]}
            for each in days
        ],
    }


async def today(db: Reader, therapist_id: UUID, *, now: datetime) -> Data | None:
    """Every session that starts on the centre's date. ``None``: no such therapist."""
    desk = await at_desk(db, therapist_id, now=now)
    if desk is None:
        return None
    window = desk.window(desk.today, desk.today)
    return {**desk.about, **_today(desk, await sessions_in(db, desk, window) if window else [])}


async def upcoming(db: Reader, paging: Paging, therapist_id: UUID, until: datetime, *, now: datetime) -> Data | None:
    """Scheduled sessions that start after ``now`` and before ``until``, by start. ``None``: no such therapist."""
    desk = await at_desk(db, therapist_id, now=now, days=(now.date(), until.date()))
    if desk is None:
        return None
    page = await scheduling.to_come(db, paging, therapist_id, now, until)
    if not page["data"]:
        return page
    starts = [row["starts_at"] for row in page["data"]]
    around = Interval(min(starts), max(starts) + timedelta.resolution)
    # A session may be moved between two queries.
    dressed = {row["id"]: row for row in (*desk.dressed(page["data"]), *await sessions_in(db, desk, around))}
    return {**page, "data": [dressed[row["id"]] for row in page["data"]]}


def _week(day: date) -> list[date]:
    monday = day - day.weekday() * ONE_DAY
    return [monday + n * ONE_DAY for n in range(WEEK)]


def _today(desk: Desk, found: Iterable[Data]) -> Data:
    mine = [row for row in found if desk.starts_on(row) == desk.today]
    counted = Counter(row["state"] for row in mine)
    return {
        "date": desk.today,
        "counts": [{"state": state, "sessions": counted[state]} for state in Standing],
        "sessions": mine,
    }


def _overview(desk: Desk, day: date, found: Sequence[Data]) -> Data:
    """A day in numbers, with what is wrong in it and where it is empty."""
    standing = [row for row in found if row["status"] != SessionStatus.CANCELLED]
    mine = [row for row in standing if desk.starts_on(row) == day]
    # An evening session of the day before may run into this one.
    whole = desk.window(day, day)
    around = whole.widen(ONE_DAY, ONE_DAY) if whole else None
    near = [desk.planned(row) for row in standing if around and around.contains(row["starts_at"])]
    plan: DayPlan = plan_day(day, near, desk.timetable)
    return {
        "date": day,
        "holiday": desk.holidays.get(day),
        "on_leave": plan.on_leave,
        "hours": _shown(desk, plan.hours),
        "session_count": len(mine),
        "completed_count": sum(row["status"] == SessionStatus.COMPLETED for row in mine),
        "booked_minutes": sum(row["duration"] for row in mine),
        "free_minutes": sum(int(stretch.length.total_seconds()) // 60 for stretch in plan.free),
        "conflicts": [{"session_id": row["id"], **row["conflict"]} for row in mine if row["conflict"]],
        "gaps": _shown(desk, plan.gaps),
    }


def _shown(desk: Desk, stretches: Iterable[Interval]) -> list[dict[str, Any]]:
    return [
        {
            "start_time": f"{wall(each.start, desk.zone):%H:%M}",
            "end_time": f"{wall(each.end, desk.zone):%H:%M}",
            "starts_at": each.start,
            "ends_at": each.end,
            "minutes": int(each.length.total_seconds()) // 60,
        }
        for each in stretches
    ]


class PendingKind(StrEnum):
    """What waits for the therapist."""

    FINISH_SESSION = "FINISH_SESSION"
    """It was started, and its time is over: complete it."""
    RECORD_OUTCOME = "RECORD_OUTCOME"
    """Its time is over, and nobody has said whether it took place: complete it, or mark a no-show."""
    AWAIT_DECISION = "AWAIT_DECISION"
    """Their own request to move a session, which nobody has decided on."""
    WRITE_REPORT = "WRITE_REPORT"
    """A progress report is due."""


def _pending(
    desk: Desk, overdue: tuple[int, list[Data]], asked: tuple[int, list[Data]], due: int, reports: Sequence[Data]
) -> Data:
    not_ended, sessions = overdue
    undecided, requests = asked
    waiting: list[Data] = [
        {
            "kind": _KIND_OF[row["status"]], "patient_id": row["patient_id"], "patient_name": row["patient_name"],
            "session_id": row["id"], "request_id": None, "since": desk.starts_on(row),
        }
        for row in sessions
    ]  # fmt: skip
    waiting += [
        {
            "kind": PendingKind.AWAIT_DECISION, "patient_id": row["patient_id"], "patient_name": row["patient_name"],
            "session_id": row["session_id"], "request_id": row["id"],
            "since": wall(row["requested_at"], desk.zone).date(),
        }
        for row in requests
    ]  # fmt: skip
    waiting += [
        {
            "kind": PendingKind.WRITE_REPORT, "patient_id": row["patient_id"], "patient_name": row["patient_name"],
            "session_id": None, "request_id": None, "since": row["unreported_since"],
        }
        for row in reports
    ]  # fmt: skip
    return {
        "total": not_ended + undecided + due,
        "sessions_not_ended": not_ended,
        "requests_open": undecided,
        "reports_due": due,
        "data": sorted(waiting, key=lambda each: (each["since"], str(each["patient_id"]))),
    }


_KIND_OF = {
    SessionStatus.IN_PROGRESS: PendingKind.FINISH_SESSION,
    SessionStatus.SCHEDULED: PendingKind.RECORD_OUTCOME,
}
